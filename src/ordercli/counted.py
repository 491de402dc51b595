"""Numbers of things in messages."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number and what is counted: `1 order`, `2 orders`, `0 entries`.

    `many` is for what has not only an `s` more than `one`, such as `entries are` beside `entry is`.
    """
    return f"{number} {one if number == 1 else many or f'{one}s'}"
