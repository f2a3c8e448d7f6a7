"""What a data set's name means: a source of the table, a person's own digits, or one of these with changes.

mnist              a source of the table, as published
own                a person's own digits
mnist/careful      the source with the decisions of the list "careful" about its training labels
mnist+own          the source, with a person's own digits among those to learn from
mnist/careful+own  both
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mnist_core.data import decisions, own
from mnist_core.data.sources import DIGITS, SOURCES, Source
from mnist_core.errors import NotFound

OWN = "own"
WITH_OWN = "+own"
OWN_TITLE = "Your own digits"


@dataclass(frozen=True)
class Name:
    """A name taken apart.

    Attributes:
        base: a name of the table, or "own".
        decisions: name of a list of decisions; empty for none.
        with_own: whether own digits are added to the training split.
    """

    base: str
    decisions: str = ""
    with_own: bool = False

    @property
    def is_published(self) -> bool:
        """Whether it is a source just as its makers published it."""
        return self.base != OWN and not self.decisions and not self.with_own


def parse(name: str) -> Name:
    """Take a name apart.

    Raises:
        NotFound: its source is not in the table, or the changes do not fit it.
        BadInput: no list of decisions can have that name.
    """
    without_own = name.removesuffix(WITH_OWN)
    base, slash, listed = without_own.partition("/")
    with_own = without_own != name
    known = base in SOURCES or (base == OWN and not slash and not with_own)
    if not known or (with_own and SOURCES[base].classes != DIGITS):
        raise NotFound(f"There is no data set called {name[:80]!r}.", f"There are: {', '.join([*SOURCES, OWN])}.")
    return Name(base, decisions.checked_name(listed) if slash else "", with_own)


def source(name: str) -> Source:
    """The source of that name; with changes, it says so in its title and counts.

    Raises:
        NotFound, BadInput: as `parse`.
        BadFile: the list of decisions is damaged.
    """
    parsed = parse(name)
    if parsed.base == OWN:
        return _own()
    chosen = SOURCES[parsed.base]
    extra, mine = 0, 0
    if parsed.decisions:
        made = decisions.read(parsed.base, parsed.decisions)
        extra -= sum(each.action == "exclude" for each in made.values())
    if parsed.with_own:
        mine = len(own.splits_of_own()[0])
        extra += mine
    if parsed.is_published:
        return chosen
    return replace(chosen, name=name, title=title(name), train_count=chosen.train_count + extra, extra=extra, own=mine)


def title(name: str) -> str:
    """What the source of that name is called; known without a look at its files, which may be damaged.

    Raises:
        NotFound, BadInput: as `parse`.
    """
    parsed = parse(name)
    words = OWN_TITLE if parsed.base == OWN else SOURCES[parsed.base].title
    if parsed.decisions:
        words += f" with the labels of {parsed.decisions!r}"
    return f"{words} and your own digits" if parsed.with_own else words


def can_have_own(name: str) -> bool:
    """Whether a person's own digits can be added to a data set: it must be of digits and not have them already."""
    parsed = parse(name)
    return parsed.base != OWN and not parsed.with_own and SOURCES[parsed.base].classes == DIGITS


def with_own(name: str) -> str:
    """The name of the same data set with a person's own digits among those to learn from.

    Raises:
        NotFound, BadInput: as `parse`; also if its classes are not digits.
    """
    parsed = parse(name)
    if parsed.with_own or parsed.base == OWN:
        return name
    parse(name + WITH_OWN)
    return name + WITH_OWN


def changed_names(present: list[str]) -> list[str]:
    """Names of what there is beside the published sources: own digits and lists of decisions.

    Args:
        present: the published sources whose files are here.
    """
    lists = [f"{base}/{listed}" for base in present for listed in decisions.names(base)]
    return [*lists, *([OWN] if own.own_digits() else [])]


def version(name: str) -> str:
    """A text that changes whenever the pictures or labels behind a name do; empty for published sources.

    Raises:
        NotFound, BadInput: as `parse`.
    """
    parsed = parse(name)
    parts = [own.version()] if parsed.with_own or parsed.base == OWN else []
    return " ".join(parts + ([decisions.version(parsed.base, parsed.decisions)] if parsed.decisions else []))


def _own() -> Source:
    learn, test = own.splits_of_own()
    validation = min(max(1, round(len(learn) / own.ONE_IN)), len(learn))
    published = SOURCES["mnist"]
    return Source(
        name=OWN,
        title=OWN_TITLE,
        classes=DIGITS,
        train_count=len(learn) - validation,
        validation_count=validation,
        test_count=len(test),
        # They are prepared as MNIST's were, for networks that know MNIST's scale.
        mean=published.mean,
        std=published.std,
        licence="yours",
        origin="drawn or brought by you",
    )
