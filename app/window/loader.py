"""Reads and computes what the plots of the recording in hand need, in the background, for the part in view."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from core_model.audio import AudioInfo, Samples, mono, read_blocks

from ..compute_process import ComputeProcess
from ..display import loading
from ..display.features import IntensityPart, MfccPart, PitchPart, intensity_part, mfcc_part, pitch_part
from ..display.peak_cache import PeakCache
from ..display.peaks import Detail, Peaks, is_long, missing_detail, unread
from ..display.plot_options import PlotOptions
from ..display.spectra import TOP_HZ, Spectrogram, spectrogram
from ..display.time_view import Span
from ..display.whole_pass import Remembered, WholePass, read_whole
from ..tasks import Report, Task, TaskPool, Work
from .time_axis import TimeAxis

_SETTLE_MS = 60  # a view that still changes is not worth computing for


class Loader(QObject):
    """For one recording at a time. Everything that it answers with belongs to the recording shown last."""

    peaks_ready = Signal(object)
    detail_ready = Signal(object)
    spectrogram_ready = Signal(object)
    pitch_ready = Signal(object)
    intensity_ready = Signal(object)
    mfcc_ready = Signal(object)
    too_long = Signal(bool)
    failed = Signal(object)

    def __init__(self, axis: TimeAxis, tasks: TaskPool, compute: ComputeProcess, parent: QObject) -> None:
        super().__init__(parent)
        self._axis, self._tasks, self._compute = axis, tasks, compute
        self._info: AudioInfo | None = None
        self._running: dict[str, Task] = {}
        self._remembered, self._cache = Remembered(), PeakCache()
        self._width = 1000
        self._options = PlotOptions()
        self._timer = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._timer.timeout.connect(self._load_view)
        axis.view_changed.connect(lambda _: self._timer.start())
        self._forget()

    def set_width(self, pixels: int) -> None:
        """The plots' width: fewer samples a pixel than a bucket holds are read anew."""
        self._width = pixels
        self._timer.start()

    def set_options(self, options: PlotOptions) -> None:
        """Compute anew what these options change; until then what there is stays."""
        before, self._options = self._options, options
        if (options.window_ms, _top(options)) != (before.window_ms, _top(before)):
            self._compute_anew("spectrogram")
        if (options.floor, options.ceiling, options.threshold) != (
            before.floor, before.ceiling, before.threshold
        ):  # fmt: skip
            self._compute_anew("pitch")
        if options.floor != before.floor:
            self._compute_anew("intensity")

    def _compute_anew(self, name: str) -> None:
        self._cancel(name)
        self._outdated.add(name)
        self._timer.start()

    def show(self, info: AudioInfo | None) -> None:
        """Drop all that runs, and begin with another recording."""
        for name in list(self._running):
            self._cancel(name)
        self._info = info
        self._forget()
        for signal in (
            self.peaks_ready,
            self.detail_ready,
            self.spectrogram_ready,
            self.pitch_ready,
            self.intensity_ready,
            self.mfcc_ready,
        ):
            signal.emit(None)
        if info is None:
            return
        known = self._remembered.get(info)
        if known is not None:
            self._take_whole(known)
        else:
            if is_long(info.frames):
                self._take_whole(WholePass(unread(info.rate, info.frames)))
            work = partial(_read_whole, info, self._cache)
            self._start("whole", work, self._finish_whole, self._take_whole)
        self._load_view()

    def close(self) -> None:
        """Drop all that runs, and begin nothing more."""
        for name in list(self._running):
            self._cancel(name)
        self._info = None
        self._timer.stop()

    def _forget(self) -> None:
        self.peaks: Peaks | None = None
        self.detail: Detail | None = None
        self.spectrogram: Spectrogram | None = None
        self.pitch: PitchPart | None = None
        self.intensity: IntensityPart | None = None
        self.mfcc: MfccPart | None = None
        self._coarse: Spectrogram | None = None
        self._fine: tuple[Span, float] | None = None
        self._asked: dict[str, Span] = {}
        self._outdated: set[str] = set()  # shown still, but computed with other options

    def _finish_whole(self, found: WholePass) -> None:
        if self._info is not None:
            self._remembered.put(self._info, found)
        self._take_whole(found)
        self._load_view()

    def _take_whole(self, found: WholePass) -> None:
        shows_coarse = self.spectrogram is self._coarse
        self.peaks, self._coarse = found.peaks, found.coarse
        self.peaks_ready.emit(found.peaks)
        if shows_coarse and found.coarse is not None:
            self._show_spectrogram(found.coarse)

    def _load_view(self) -> None:
        if self._info is None:
            return
        view, duration = self._axis.view, self._info.duration
        long = loading.too_long(view, duration)
        self.too_long.emit(long)
        self._load_detail(view)
        if long:
            for name in ("spectrogram", "pitch", "intensity", "mfcc"):
                self._cancel(name)
            if self._coarse is not None and self.spectrogram is not self._coarse:
                self._fine = None
                self._show_spectrogram(self._coarse)
            return
        self._load_spectrogram(view, duration)
        self._load_part("pitch", self._pitch_of, self._take_pitch, self.pitch)
        self._load_part("intensity", self._intensity_of, self._take_intensity, self.intensity)
        self._load_part("mfcc", self._mfcc_of, self._take_mfcc, self.mfcc)

    def _load_detail(self, view: Span) -> None:
        if self.peaks is None or self._info is None:
            return
        frames = missing_detail(self.peaks, view.start, view.end, self._width, self.detail)
        if frames is not None:
            self._start("detail", partial(_read_detail, self._info, frames), self._take_detail)

    def _load_spectrogram(self, view: Span, duration: float) -> None:
        if self._info is None:
            return
        usable = self._fine is not None and "spectrogram" not in self._outdated
        span, step = self._fine if self._fine is not None and usable else (None, 0.0)
        wanted = loading.spectrogram_to_load(view, duration, span, step)
        if wanted is None or (self._asked.get("spectrogram") == wanted[0] and "spectrogram" in self._running):
            return
        self._asked["spectrogram"] = wanted[0]
        work = partial(_read_spectrogram, self._info, self._options, *wanted)
        self._start("spectrogram", work, partial(self._take_spectrogram, wanted))

    def _load_part(
        self,
        name: str,
        compute: Callable[[AudioInfo, Span], Work],
        take: Callable[[Any], None],
        held: PitchPart | IntensityPart | MfccPart | None,
    ) -> None:
        info = self._info
        if info is None:
            return
        loaded = held.span if held is not None and name not in self._outdated else None
        span = loading.span_to_load(self._axis.view, info.duration, loaded)
        running = name in self._running and loading.span_to_load(
            self._axis.view, info.duration, self._asked.get(name)
        )
        if span is None or running is None:
            return
        self._asked[name] = span
        self._start(name, compute(info, span), take)

    def _pitch_of(self, info: AudioInfo, span: Span) -> Work:
        run, options = self._compute.run, self._options
        return lambda report: pitch_part(
            info.path, info.rate, span, partial(run, check=report.check), options
        )

    def _intensity_of(self, info: AudioInfo, span: Span) -> Work:
        options = self._options
        return lambda report: intensity_part(info.path, info.rate, span, report.check, options)

    def _mfcc_of(self, info: AudioInfo, span: Span) -> Work:
        run = self._compute.run
        return lambda report: mfcc_part(info.path, info.rate, span, partial(run, check=report.check))

    def _take_detail(self, detail: Detail) -> None:
        self.detail = detail
        self.detail_ready.emit(detail)

    def _take_spectrogram(self, wanted: tuple[Span, float], shown: Spectrogram) -> None:
        self._fine = wanted
        self._outdated.discard("spectrogram")
        self._show_spectrogram(shown)

    def _show_spectrogram(self, shown: Spectrogram) -> None:
        self.spectrogram = shown
        self.spectrogram_ready.emit(shown)

    def _take_pitch(self, pitch: PitchPart) -> None:
        self.pitch = pitch
        self._outdated.discard("pitch")
        self.pitch_ready.emit(pitch)

    def _take_intensity(self, part: IntensityPart) -> None:
        self.intensity = part
        self._outdated.discard("intensity")
        self.intensity_ready.emit(part)

    def _take_mfcc(self, mfcc: MfccPart) -> None:
        self.mfcc = mfcc
        self.mfcc_ready.emit(mfcc)

    def _start(self, name: str, work: Any, take: Callable[[Any], None], part: Any = None) -> None:
        self._cancel(name)

        def finished(value: Any) -> None:
            self._running.pop(name, None)
            take(value)

        def failed(error: Exception) -> None:
            self._running.pop(name, None)
            self.failed.emit(error)

        self._running[name] = self._tasks.start(work, finished, failed, part)

    def _cancel(self, name: str) -> None:
        task = self._running.pop(name, None)
        if task is not None:
            task.cancel()


def _read_whole(info: AudioInfo, cache: PeakCache, report: Report) -> WholePass:
    """From the cache when the recording was seen before, else from the file."""
    found = cache.get(info)
    if found is None:
        key = cache.key(info)
        found = read_whole(info, report.check, report.partial)
        cache.put(info, key, found)
    return found


def _read_detail(info: AudioInfo, frames: tuple[int, int], report: Report) -> Detail:
    blocks = []
    for block in read_blocks(info.path, *frames):
        report.check()
        blocks.append(mono(block))
    return Detail(frames[0], np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32))


def _top(options: PlotOptions) -> float:
    """The highest frequency that is computed: what is usual, so that showing less needs nothing new."""
    return max(TOP_HZ, float(options.top_hz))


def _read_spectrogram(
    info: AudioInfo, options: PlotOptions, span: Span, step: float, report: Report
) -> Spectrogram:
    window = options.window_ms / 1000
    first, last = max(0, round((span.start - window) * info.rate)), round((span.end + window) * info.rate)

    def blocks() -> Iterator[Samples]:
        for block in read_blocks(info.path, first, last):
            report.check()
            yield mono(block)

    columns = max(1, int(span.length / step))
    return spectrogram(blocks(), info.rate, first, span.start, step, columns, window, _top(options))
