"""Plots as pictures: recorded on the GUI thread, then made into pixels or vectors on any other.

A picture is pieces, each clipped to its own area. SVG painting knows no clipping, so there every piece becomes an
`<svg>` element of its own, which clips by itself.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen, QPicture
from PySide6.QtSvg import QSvgGenerator

from ...display.time_view import Span, pixel_at, ticks
from ..theme import Theme
from .strips import TimeStrip
from .time_plot import LEFT, RIGHT, TimePlot

_AXIS_HEIGHT = 28
_MARK = 5  # px
_CAPTION_PADDING = 6
_DPI = 96  # of the SVG's lengths, as CSS has it; painting is in pixels


@dataclass(frozen=True, slots=True)
class Piece:
    """What was painted, in the whole picture's coordinates, and the area to which it is clipped."""

    area: QRectF
    painted: QPicture


@dataclass(frozen=True, slots=True)
class Picture:
    """Pieces on a ground; `size` in pixels of the screen."""

    size: QSize
    ground: QColor
    pieces: tuple[Piece, ...]


def record(
    plots: Iterable[TimePlot], strips: Iterable[TimeStrip], view: Span, theme: Theme, font: QFont
) -> Picture:
    """Record strips and plots, one below the other as wide as they are, with the time below them."""
    pieces: list[Piece] = []
    top = width = 0.0
    for strip in strips:
        pieces.append(_piece(QRectF(0, top, strip.width(), strip.height()), top, font, strip.paint_still))
        if pieces[-1].painted.boundingRect().isEmpty():  # nothing to show now
            pieces.pop()
            continue
        top, width = top + strip.height(), max(width, strip.width())
    for plot in plots:
        pieces += _plot_pieces(plot, top, theme, font)
        top, width = top + plot.height(), max(width, plot.width())
    time_axis = QRectF(0, top, width, _AXIS_HEIGHT)
    pieces.append(_piece(time_axis, top, font, lambda painter: _paint_times(painter, width, view, theme)))
    return Picture(QSize(round(width), round(top + _AXIS_HEIGHT)), theme.colour("panel"), tuple(pieces))


def to_image(picture: Picture, scale: float) -> QImage:
    """The picture with `scale` pixels for each of the screen's."""
    image = QImage(picture.size * scale, QImage.Format.Format_RGB32)
    image.fill(picture.ground)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(scale, scale)
    for piece in picture.pieces:
        painter.save()  # a played picture leaves its own transformation behind
        painter.setClipRect(piece.area)
        piece.painted.play(painter)
        painter.restore()
    painter.end()
    return image


def to_svg(picture: Picture, title: str) -> str:
    """The picture as SVG: curves, axes and words as such, heat-maps as images in it."""
    width, height = picture.size.width(), picture.size.height()
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="{picture.ground.name()}"/>',
        *(_element(piece, f"p{number}") for number, piece in enumerate(picture.pieces)),
        "</svg>",
    ]
    return "\n".join(parts)


def _piece(area: QRectF, top: float, font: QFont, paint: Callable[[QPainter], object]) -> Piece:
    painted = QPicture()
    painter = QPainter(painted)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    painter.translate(0, top)
    paint(painter)
    painter.end()
    return Piece(area, painted)


def _plot_pieces(plot: TimePlot, top: float, theme: Theme, font: QFont) -> list[Piece]:
    area = plot.plot_area()

    def paint_area(painter: QPainter) -> None:
        plot.hide_marks(True)
        plot.scene().render(painter, area, area, Qt.AspectRatioMode.IgnoreAspectRatio)
        plot.hide_marks(False)

    pieces = [_piece(area.translated(0, top), top, font, paint_area)]
    for side, left, right in (("left", 0.0, area.left()), ("right", area.right(), float(plot.width()))):
        axis = plot.getPlotItem().getAxis(side)

        def paint_axis(painter: QPainter, axis: object = axis) -> None:
            painter.translate(axis.scenePos())  # type: ignore[attr-defined]
            axis.paint(painter, None, None)  # type: ignore[attr-defined]

        # A pixel over the edge, on which the axis draws its line.
        strip = QRectF(left, top, right - left, plot.height()).adjusted(-1, 0, 1, 0)
        pieces.append(_piece(strip, top, font, paint_axis))
    caption = area.translated(0, top)
    return [*pieces, _piece(caption, top, font, lambda painter: _paint_caption(painter, plot, area, theme))]


def _paint_caption(painter: QPainter, plot: TimePlot, area: QRectF, theme: Theme) -> None:
    caption = plot.pictured_as or plot.caption
    if not caption:
        return
    metrics = painter.fontMetrics()
    width = metrics.horizontalAdvance(caption) + 2 * _CAPTION_PADDING
    chip = QRectF(area.left() + _CAPTION_PADDING, area.top() + 4, width, metrics.height() + 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("panel", 235))
    painter.drawRoundedRect(chip, 4, 4)
    painter.setPen(QPen(theme.colour("text")))
    painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, caption)


def _paint_times(painter: QPainter, width: float, view: Span, theme: Theme) -> None:
    room = width - LEFT - RIGHT
    marks = ticks(view, room)
    painter.setPen(QPen(theme.colour("strong_border")))
    painter.drawLine(LEFT, 0, round(LEFT + room), 0)
    for times, length in ((marks.minor, _MARK - 2), (marks.major, _MARK)):
        for time in times:
            at = round(pixel_at(time, LEFT, room, view))
            painter.drawLine(at, 0, at, length)
    painter.setPen(QPen(theme.colour("muted")))
    for time, label in zip(marks.major, marks.labels, strict=True):
        half = painter.fontMetrics().horizontalAdvance(label) / 2 + 1
        x = min(pixel_at(time, LEFT, room, view), width - half)
        words = QRectF(x - half, _MARK, 2 * half, _AXIS_HEIGHT - _MARK)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, label)


def _element(piece: Piece, name: str) -> str:
    """A piece as an `<svg>` element that clips to the piece's area."""
    buffer, generator = QBuffer(), QSvgGenerator()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator.setOutputDevice(buffer)
    generator.setResolution(_DPI)
    generator.setViewBox(piece.area)
    painter = QPainter(generator)
    piece.painted.play(painter)
    painter.end()
    written = bytes(buffer.data().data()).decode("utf-8")
    inner = re.sub(r"^.*?<svg[^>]*>", "", written, count=1, flags=re.DOTALL).rpartition("</svg>")[0]
    inner = re.sub(r"<(title|desc)>.*?</\1>", "", inner, flags=re.DOTALL)
    for pattern in (
        r'(id=")',
        r"(url\(#)",
        r'(xlink:href="#)',
    ):  # names are the document's, not the element's
        inner = re.sub(pattern, rf"\g<1>{name}-", inner)
    area = piece.area
    place = f'x="{area.x():g}" y="{area.y():g}" width="{area.width():g}" height="{area.height():g}"'
    box = f"{area.x():g} {area.y():g} {area.width():g} {area.height():g}"
    return f'<svg {place} viewBox="{box}" overflow="hidden" style="image-rendering: pixelated">{inner}</svg>'
