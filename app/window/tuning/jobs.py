"""The page of jobs at work: what its buttons ask for, and what is told of jobs that end."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal

from core_model.errors import HumpcatError
from training_jobs.jobs.run_folder import RunFolder
from training_jobs.jobs.start import resume
from training_jobs.jobs.state import DONE

from ...compute_process import ComputeProcess
from ...job_result import JobResult, Said, compared, read_result
from ...jobs_watch import Job, JobsWatch, Looked
from ...tasks import TaskPool
from ...translation import counted, tr
from ..sample_player import SamplePlayer
from .job_words import ended_sentence
from .jobs_page import LEARNING, LOG, JobsPage

_LEFT = "jobs/left_under_way"  # ids of jobs that ran when the window was closed


class Jobs(QObject):
    """Jobs belong to nobody: those of other windows and of the command line are here, too."""

    failed = Signal(object)
    done = Signal(str)
    told = Signal(str)  # of a job that ended, for a notification
    again_asked = Signal(object)  # RunFolder
    model_made = Signal(str)
    model_asked = Signal(Path, str)  # the folder where a job has left it, and the job's name
    file_opened = Signal(object, object)

    def __init__(
        self,
        page: JobsPage,
        compute: ComputeProcess,
        tasks: TaskPool,
        samples: SamplePlayer,
        settings: QSettings,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._compute = compute
        self._page, self._tasks, self._samples, self._settings = page, tasks, samples, settings
        self.watch = JobsWatch(tasks, self)
        self._chosen: list[Job] = []
        self._shown = ""  # id of the job whose result is shown
        self._left = str(settings.value(_LEFT, "")).split()
        self._wanted = ""  # id of a job to choose once it is listed
        self._connect()

    def _connect(self) -> None:
        page, watch = self._page, self.watch
        watch.changed.connect(self._take)
        watch.ended.connect(self._tell_end)
        watch.failed.connect(self.failed)
        page.chosen.connect(self._choose)
        page.cancel_asked.connect(self.cancel)
        page.resume_asked.connect(self.resume)
        page.again_asked.connect(lambda job: self.again_asked.emit(job.run))
        page.size_asked.connect(self._ask_size)
        page.delete_asked.connect(self.delete)
        page.model_asked.connect(lambda job: self.model_asked.emit(job.run.bundle, job.name))
        page.tabs.currentChanged.connect(lambda _: self._look_at())
        page.result.play_asked.connect(self._play)
        page.result.open_asked.connect(self._open)
        self._samples.playing_changed.connect(page.result.show_playing)

    def start(self) -> None:
        """Begin to look at the jobs."""
        self.watch.start()

    def close(self) -> None:
        """Remember what goes on, to tell of its end at the next start."""
        self._settings.setValue(_LEFT, " ".join({*self._left, *(job.id for job in self.watch.under_way)}))
        self.watch.close()

    def show(self, run: RunFolder) -> None:
        """Choose a job, as soon as it is listed."""
        self._wanted = run.id
        self.watch.look()

    # What the buttons do

    def cancel(self, job: Job) -> None:
        """Stop a job; it can be resumed."""
        self._do(lambda: job.run.ask_cancel())

    def resume(self, job: Job) -> None:
        """Let a job go on where it stopped."""
        self._do(lambda: resume(job.run))

    def delete(self, job: Job) -> None:
        """Delete a job's run folder."""
        if job.id == self._shown:
            self._samples.stop()
        self._do(job.run.delete, tr("{name} is deleted.").format(name=job.name))

    def _ask_size(self, job: Job) -> None:
        def measure(_: object) -> int:
            return sum(path.stat().st_size for path in job.run.path.rglob("*") if path.is_file())

        self._tasks.start(measure, lambda amount: self._page.ask_to_delete(job, amount), self.failed.emit)

    def _do(self, act: Callable[[], object], told: str = "") -> None:
        def finish(_: object) -> None:
            if told:
                self.done.emit(told)
            self.watch.look()

        self._tasks.start(lambda _: act(), finish, self.failed.emit)

    # What is shown

    def _take(self, looked: Looked) -> None:
        self._page.show_jobs(looked.jobs)
        if self._wanted and any(job.id == self._wanted for job in looked.jobs):
            self._page.list.choose(self._wanted)
            self._wanted = ""
        self._show_histories()
        if self.watch.logged and looked.logged == self.watch.logged:
            self._page.show_log(looked.log)
        self._tell_of_left(looked.jobs)

    def _tell_of_left(self, jobs: tuple[Job, ...]) -> None:
        """What ended while no window was open is told once."""
        left, self._left = self._left, []
        ended = [job for job in jobs if job.id in left and job.state.is_over]
        going = [job for job in jobs if job.id in left and not job.state.is_over]
        told = [ended_sentence(job) for job in ended if job.state.status != "failed"]
        if going:
            told.append(
                tr("{jobs} still at work: see Fine-tune, Jobs.").format(jobs=counted(len(going), "job"))
            )
        if told:
            self.done.emit(" ".join(told))
        for job in ended:
            if job.state.status == "failed":
                self._tell_failure(job)

    def _tell_end(self, job: Job) -> None:
        sentence = ended_sentence(job)
        self.told.emit(sentence)
        if job.state.status == DONE:
            self.done.emit(sentence)
            if job.kind in LEARNING:
                self.model_made.emit(job.name)
        elif job.state.status == "failed":
            self._tell_failure(job)
        if self._chosen and job.id == self._chosen[0].id:
            self._show_result()
            self._page.turn_to_result()
        if any(job.id == each.id for each in self._chosen):
            self._chosen = [
                next((new for new in self.watch.jobs if new.id == old.id), old) for old in self._chosen
            ]
            self._compare()

    def _tell_failure(self, job: Job) -> None:
        self.failed.emit(HumpcatError(f"{ended_sentence(job)} {job.state.message}", job.state.hint))

    def _choose(self, jobs: list[Job]) -> None:
        before = [job.id for job in self._chosen]
        self._chosen = jobs
        if [job.id for job in jobs] == before:
            return
        self._look_at()
        self._show_histories()
        self._show_result()
        self._compare()

    def _look_at(self) -> None:
        self.watch.watched = tuple(job.id for job in self._chosen)
        reads = self._page.tabs.currentIndex() == LOG
        self.watch.logged = self._chosen[0].id if self._chosen and reads else ""
        self.watch.look()

    def _show_histories(self) -> None:
        histories = self.watch.histories
        self._page.show_histories([(job, histories[job.id]) for job in self._chosen if job.id in histories])

    def _show_result(self) -> None:
        job = self._chosen[0] if self._chosen else None
        self._samples.stop()
        self._shown = ""
        self._page.show_result(there=False)
        if job is None or job.state.status != DONE:
            return
        wanted = job.id

        def take(result: JobResult | None) -> None:
            if result is not None and self._chosen and self._chosen[0].id == wanted:
                self._shown = wanted
                self._page.result.show_result(result)
                self._page.show_result(there=True)

        self._tasks.start(lambda _: read_result(job.run), take, self.failed.emit)

    def _compare(self) -> None:
        """Two evaluations that are done are compared utterance by utterance."""
        jobs = [job for job in self._chosen if job.state.status == DONE and job.kind == "evaluate"]
        self._page.show_comparison("")
        if len(jobs) != 2 or len(self._chosen) != 2:
            return
        first, second = (job.run for job in jobs)
        pair = [job.id for job in self._chosen]

        def show(text: str) -> None:
            if pair == [job.id for job in self._chosen]:
                self._page.show_comparison(text)

        def fail(error: Exception) -> None:
            if isinstance(error, HumpcatError):
                show(str(error))
            else:
                self.failed.emit(error)

        work = partial(self._compute.run, compared, first.path, second.path)
        self._tasks.start(lambda report: work(check=report.check), show, fail)

    def _play(self, said: Said) -> None:
        self._samples.toggle(said, said.file, said.start, said.end)

    def _open(self, said: Said) -> None:
        stretch: Any = (said.start, said.end) if said.start is not None and said.end is not None else None
        self.file_opened.emit(said.file, stretch)
