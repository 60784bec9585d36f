"""All texts of the window pass through Qt's translation: here, and nowhere else.

Texts are looked up as they are written in the code, in English. Many are looked up when their module is read, so a
translation is installed before the window's modules are imported, and another language needs another start.
"""

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from core_model import wording
from core_model.folders import resources_folder

CONTEXT = "studio"  # one for all texts: the same words mean the same everywhere
_FILE = "humpcat"


def tr(text: str) -> str:
    """A text in the language chosen; in English, or where nobody has translated it, as it is."""
    return QCoreApplication.translate(CONTEXT, text)


def counted(number: int, noun: str) -> str:
    """A number and what it counts, in the form that the language has for it: "1 speaker", "2 speakers"."""
    source = f"%n {noun}(s)"
    text = QCoreApplication.translate(CONTEXT, source, "", number)
    return wording.counted(number, noun) if text == source.replace("%n", str(number)) else text


def install_translation(language: str) -> bool:
    """Translate from now on into a language ("de", "pt_BR"), or "" into the system's; whether there is a translation.

    To be called once the application is there, and before the window's modules are imported.
    """
    application = QCoreApplication.instance()
    locale = QLocale(language) if language else QLocale.system()
    if application is None or locale.language() == QLocale.Language.English:
        return False
    ours, qts = QTranslator(application), QTranslator(application)
    found = ours.load(locale, _FILE, "_", str(resources_folder() / "translations"))
    if found:
        QCoreApplication.installTranslator(ours)
        place = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if qts.load(locale, "qtbase", "_", place):  # its own dialogs' buttons
            QCoreApplication.installTranslator(qts)
    return found
