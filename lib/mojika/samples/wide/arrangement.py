"""What stands where on a leaf, before any ink: characters, printed lines, pictures."""

from dataclasses import dataclass, field

from mojika.samples.forms import Form


@dataclass(frozen=True)
class Rect:
    """Lengths are fractions of the leaf's height, from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def inset(self, by: float) -> "Rect":
        return Rect(self.left + by, self.top + by, self.right - by, self.bottom - by)


@dataclass(frozen=True)
class Slot:
    """The ink of one character and the box that it fills.

    `hand` numbers the hands of the leaf. `follows`: the slot before it in the arrangement is the one above. `form` is
    chosen where none is given. Readings beside characters, signs and what is cut off are not labelled.
    """

    character: str
    box: Rect
    hand: int = 0
    follows: bool = False
    form: Form | None = None
    labelled: bool = True


@dataclass(frozen=True)
class Line:
    """A printed line; `thickness` like all lengths."""

    start: tuple[float, float]
    end: tuple[float, float]
    thickness: float


@dataclass
class Arrangement:
    """A leaf `width` leaf heights wide."""

    width: float
    slots: list[Slot] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    pictures: list[Rect] = field(default_factory=list)
    dots: list[tuple[float, float, float]] = field(default_factory=list)  # x, y, radius of signs beside the text
