"""Whether the inputs of a stage belong together: the same pages and the same class list."""

from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import named
from mojika.errors import UserError


def expect_same_pages(first: PageBoxes, other: PageBoxes, number: int) -> None:
    """Raises `UserError` if input `number` differs from the first one in its pages, their order or its class list."""
    ids, other_ids = first.pages["image_id"].tolist(), other.pages["image_id"].tolist()
    if sorted(ids) != sorted(other_ids):
        lacking, more = named(sorted(set(ids) - set(other_ids))), named(sorted(set(other_ids) - set(ids)))
        text = "; ".join([f"missing {lacking}"] * bool(lacking) + [f"additional {more}"] * bool(more))
        raise UserError(f"input {number} has other pages than the first one: {text}")
    for row, (one, two) in enumerate(zip(first.pages.itertuples(False), other.pages.itertuples(False), strict=True)):
        if tuple(one) != tuple(two):
            raise UserError(
                f"input {number}: page {row + 1} is {two.image_id}, {two.width}×{two.height}; "
                f"in the first one it is {one.image_id}, {one.width}×{one.height}"
            )
    if first.class_list is not None and other.class_list is not None:
        first.class_list.expect_same(other.class_list, f"input {number} has another class list")
    elif first.class_list is not other.class_list:
        raise UserError(f"input {number}: expected boxes that were read in every input or in none")
