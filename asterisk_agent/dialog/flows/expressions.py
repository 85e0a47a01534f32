"""The conditions of flows: comparisons of facts with values, joined by 'and', 'or' and 'not'. Nothing is executed.

A fact that is not known is None: it equals nothing and is neither less nor more than anything.

    order.status == "shipped" and not order.late
    order.total > 200 or customer.vip
    level < 2
    subscription.status in ["active", "paused"]
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


class ExpressionError(ValueError):
    """It is not such an expression; the message says what is wrong with it."""


@dataclass(frozen=True)
class Expression:
    """A checked expression. ``names``: the facts that it reads."""

    text: str
    names: frozenset[str]
    tree: ast.expr

    def value(self, facts: Mapping[str, Any]) -> Any:
        """What it comes to with these facts."""
        return _value(self.tree, facts)

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether it is true with these facts."""
        return bool(_value(self.tree, facts))


def expression(text: str) -> Expression:
    """Read an expression. Raises ExpressionError."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"{text!r} is not a condition: {getattr(error, 'msg', error)}") from None
    names: set[str] = set()
    _check(tree, text, names)
    return Expression(text, frozenset(names), tree)


def _check(node: ast.expr, text: str, names: set[str]) -> None:
    match node:
        case ast.BoolOp(values=values):
            parts: list[ast.expr] = list(values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            parts = [operand]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            parts = []
        case ast.Compare(left=left, ops=ops, comparators=comparators) if all(type(op) in _COMPARISONS for op in ops):
            parts = [left, *comparators]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            parts = list(items)
        case ast.Constant(value=str() | int() | float() | bool() | None):
            parts = []
        case ast.Name() | ast.Attribute():
            names.add(_name(node, text))
            parts = []
        case _:
            raise ExpressionError(
                f"{text!r}: {ast.unparse(node)!r} cannot be used here; compare facts with values by "
                "==, !=, <, <=, >, >=, in, and join with and, or, not"
            )
    for part in parts:
        _check(part, text, names)


def _name(node: ast.expr, text: str = "") -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value, text)}.{node.attr}"
    raise ExpressionError(f"{text!r}: {ast.unparse(node)!r} is no fact")


def _value(node: ast.expr, facts: Mapping[str, Any]) -> Any:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_value(value, facts) for value in values)
        case ast.BoolOp(values=values):
            return any(_value(value, facts) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, facts)
        case ast.UnaryOp(operand=operand):
            return -_value(operand, facts)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            values = [_value(item, facts) for item in (left, *comparators)]
            pairs = zip(values[:-1], ops, values[1:], strict=True)
            return all(_compare(op, before, after) for before, op, after in pairs)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item, facts) for item in items]
        case ast.Constant(value=value):
            return value
        case _:
            return _plain(facts.get(_name(node)))


def _compare(op: ast.cmpop, left: Any, right: Any) -> bool:
    if (left is None or right is None) and not isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
        return False
    try:
        return _COMPARISONS[type(op)](left, right)
    except TypeError:
        return False


def _plain(value: Any) -> Any:
    """Values as a writer of flows writes them: enumerations as their words, days as ISO texts, amounts as numbers."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return float(value)
    amount = getattr(value, "amount", None)
    if isinstance(amount, Decimal):
        return float(amount)
    return value.isoformat() if isinstance(value, date | datetime) else value
