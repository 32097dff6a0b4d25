#!/usr/bin/env python3
"""Turns what `tmux capture-pane -e -p` gives into an SVG: standard input to standard output."""

import re
import sys
from html import escape

CELL, LINE, SIZE = 8.4, 17, 14
BACKGROUND, FOREGROUND = "#101418", "#d8dee4"
SIXTEEN = ["#101418", "#c4746e", "#8a9a7b", "#d08770", "#5e81ac", "#a292a3", "#88c0d0", "#d8dee4",
           "#6b7680", "#e46876", "#87a987", "#ebcb8b", "#7fb4ff", "#938aa9", "#7aa89f", "#ffffff"]
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m|\x1b[()][A-Z0-9]|[\x0e\x0f]")


def color(number):
    """Of xterm's palette of 256."""
    if number < 16:
        return SIXTEEN[number]
    if number >= 232:
        return "#%02x%02x%02x" % ((8 + 10 * (number - 232),) * 3)
    steps = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#%02x%02x%02x" % (steps[number // 36], steps[number // 6 % 6], steps[number % 6])


class Style:
    def __init__(self):
        self.reset()

    def reset(self):
        self.front, self.back = None, None
        self.bold = self.dim = self.reverse = self.underline = False

    def apply(self, codes):
        codes = [int(code or 0) for code in codes.split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.reset()
            elif code == 1:
                self.bold = True
            elif code == 2:
                self.dim = True
            elif code == 4:
                self.underline = True
            elif code == 7:
                self.reverse = True
            elif code == 22:
                self.bold = self.dim = False
            elif code == 24:
                self.underline = False
            elif code == 27:
                self.reverse = False
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.front = color(code - 30 if code < 90 else code - 82)
            elif code in (38, 48) and codes[:1] == [5]:
                number = color(codes[1])
                codes = codes[2:]
                if code == 38:
                    self.front = number
                else:
                    self.back = number
            elif code == 39:
                self.front = None
            elif code == 49:
                self.back = None

    def paint(self):
        front, back = self.front or FOREGROUND, self.back
        if self.reverse:
            front, back = back or BACKGROUND, front
        return front, back


def runs(line, style):
    """(column, text, style) of each piece of a line. Wide characters do not occur in our captures."""
    column, place = 0, 0
    for match in list(ESCAPE.finditer(line)) + [None]:
        text = line[place:match.start() if match else len(line)]
        if text:
            yield column, text, (*style.paint(), style.bold, style.dim, style.underline)
            column += len(text)
        if match:
            place = match.end()
            if match.group(1) is not None:
                style.apply(match.group(1))


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    plain = [ESCAPE.sub("", line) for line in lines]
    width, height = max(map(len, plain)) * CELL + 20, len(lines) * LINE + 20
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
          f'height="{height}" font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" '
          f'font-size="{SIZE}"><rect width="100%" height="100%" rx="6" fill="{BACKGROUND}"/>')
    style = Style()
    for number, line in enumerate(lines):
        y = 10 + number * LINE
        for column, text, (front, back, bold, dim, underline) in runs(line, style):
            x, length = 10 + column * CELL, len(text) * CELL
            if back:
                print(f'<rect x="{x:.1f}" y="{y}" width="{length:.1f}" height="{LINE}" fill="{back}"/>')
            if not text.strip():
                continue
            # Blanks at both ends would be lost.
            left = len(text) - len(text.lstrip())
            text = text.strip()
            x, length = x + left * CELL, len(text) * CELL
            attributes = f'x="{x:.1f}" y="{y + 13}" textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs" fill="{front}"'
            attributes += ' font-weight="bold"' if bold else ""
            attributes += ' opacity="0.6"' if dim else ""
            attributes += ' text-decoration="underline"' if underline else ""
            print(f'<text {attributes} xml:space="preserve">{escape(text)}</text>')
    print("</svg>")


if __name__ == "__main__":
    main()
