"""What the name of a column tells of its meaning, as support for what its values show."""

import re

_AFTERWARDS = re.compile(
    r"(^|[_\W])(after|outcome|result|results|final|prediction|predicted|pred|reason|resolution|"
    r"resolved|closed|cancelled|canceled|cancellation|refund|refunded|recovery|recoveries|"
    r"settlement|discharge|termination|exit)([_\W]|$)",
    re.IGNORECASE,
)
_ENTITY = re.compile(
    r"(^|[_\W])(customer|client|patient|subject|user|session|household|person|participant|student|"
    r"pupil|employee|member|account|device|machine|donor|respondent|speaker|visitor|owner|cust|"
    r"individual)s?([_\W]*(id|ids|no|nr|num|number|key|code|name|ref))?$",
    re.IGNORECASE,
)
_MOMENT = re.compile(r"(^|[_\W])(timestamp|epoch|unixtime|unix_time|datetime)([_\W]|$)", re.I)
_ROW = re.compile(
    r"(^|[_\W])(id|ids|uid|guid|uuid|key|index|idx|no|nr|num|number|serial|record|row)$", re.I
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def tells_afterwards(name: str) -> bool:
    """Whether a name says that its value is known when all is over.

    Examples
    --------
    >>> tells_afterwards("cancel_reason"), tells_afterwards("finalGrade"), tells_afterwards("age")
    (True, True, False)
    """
    return bool(_AFTERWARDS.search(_words(name)))


def names_entity(name: str) -> bool:
    """Whether a name says that its values name someone or something that comes back.

    Examples
    --------
    >>> names_entity("customer_id"), names_entity("userId"), names_entity("session"), names_entity("paid")
    (True, True, True, False)
    """
    words = _words(name)
    return bool(_ENTITY.search(words) or re.search(r"[_\W](id|uid|uuid|guid)$", words, re.I))


def names_row(name: str) -> bool:
    """Whether a name says that its values number or name the rows.

    Examples
    --------
    >>> names_row("Id"), names_row("PassengerId"), names_row("invoice_no"), names_row("paid")
    (True, True, True, False)
    """
    return bool(_ROW.search(_words(name)))


def names_moment(name: str) -> bool:
    """Whether a name says that its numbers are moments.

    Examples
    --------
    >>> names_moment("timestamp"), names_moment("overtime")
    (True, False)
    """
    return bool(_MOMENT.search(_words(name)))


def _words(name: str) -> str:
    """`customerId` as `customer_Id`."""
    return _HUMP.sub("_", name.strip())
