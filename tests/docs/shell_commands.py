"""The shell commands that a page of Markdown shows: in fences, in indented blocks, between backticks."""

import re

FENCE = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^ {4,}\S.*\n?)+", re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$", re.MULTILINE)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_SUBSTITUTED = re.compile(r"\$\(([^()]*)\)")
_ENDS = re.compile(r"&&|[|;\n]")
_BEFORE = re.compile(r"^(?:\s|!|do\s|[A-Z_]+=\S*(?=\s))+")
_REDIRECTED = re.compile(r"\d?>.*$")
SHELL = ("sh", "console")


def commands(text: str, *programs: str) -> list[str]:
    """Return the commands of these programs, without comments, quotes and what they are piped into."""
    fences = [body for kind, body in FENCE.findall(text) if kind in SHELL]
    prose = FENCE.sub("", text)
    inline = [code for code in _INLINE.findall(_INDENTED.sub("", prose)) if code.startswith(programs)]
    return [one for part in [*fences, *_INDENTED.findall(prose), *inline] for one in _of_script(part, programs)]


def _of_script(script: str, programs: tuple[str, ...]) -> list[str]:
    rest, scripts = _COMMENT.sub("", script.replace("\\\n", " ")), []
    while inner := _SUBSTITUTED.findall(rest):
        scripts += inner
        rest = _SUBSTITUTED.sub("substituted", rest)
    parts = [part for one in [*scripts, rest] for part in _ENDS.split(_QUOTED.sub("quoted", one))]
    found = [_REDIRECTED.sub("", _BEFORE.sub("", part)).strip("()").split() for part in parts]
    named = [words for words in found if len(words) > 1 and words[0] in programs]
    # `lakehouse <verb>` stands for each of them
    return [" ".join(words) for words in named if not words[1].startswith("<")]
