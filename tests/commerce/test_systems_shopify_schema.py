"""Every document sent to Shopify fits the official 2026-10 schema, is affordable, and has its scopes told."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLNamedType,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    parse,
    validate,
    visit,
)
from graphql.language import FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, IntValueNode, VariableNode
from graphql.validation import NoDeprecatedCustomRule, specified_rules
from shopify_world import SCHEMA, described, schema

from asterisk_agent.commerce.stores import shopify_queries as queries
from asterisk_agent.commerce.stores.shopify_checks import NEEDED, USEFUL

pytestmark = pytest.mark.skipif(
    not SCHEMA.exists(), reason=f"{SCHEMA} is not there: official API descriptions are not part of the product"
)

DOCUMENTS = {name: text for name, text in vars(queries).items() if name.isupper() and isinstance(text, str)}
DOCUMENTS = {name: text for name, text in DOCUMENTS.items() if not name.startswith("_")}
OF_CONTRACTS = {"read_own_subscription_contracts", "write_own_subscription_contracts"}
MOST_POINTS = 1000


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_document_is_valid_and_uses_nothing_deprecated(name: str) -> None:
    known = schema()
    assert known is not None
    assert validate(known, parse(DOCUMENTS[name]), [*specified_rules, NoDeprecatedCustomRule]) == []


@pytest.mark.parametrize(
    ("name", "sizes", "first"),
    [
        ("ORDER", queries.ONE, 1),
        ("ORDERS", queries.AMONG, queries.CUSTOMERS_ORDERS),
        ("CUSTOMER_ORDERS", queries.AMONG, queries.CUSTOMERS_ORDERS),
        ("ORDER_NAMES", None, queries.NAMES),
        ("OPEN_ORDERS", None, queries.PAGE),
        ("RETURNABLE", None, 0),
        ("CONTRACTS", None, 10),
        ("BILLING_CYCLES", None, 0),
    ],
)
def test_the_document_costs_less_than_one_may_even_if_every_list_is_full(
    name: str, sizes: queries.Sizes | None, first: int
) -> None:
    variables = (sizes.variables() if sizes else {}) | {"first": first}
    assert 0 < _points(DOCUMENTS[name], variables) < MOST_POINTS


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_scope_that_a_document_needs_is_told_by_the_check(name: str) -> None:
    told = set(NEEDED) | set(USEFUL) | OF_CONTRACTS
    for needed in _scopes(DOCUMENTS[name], skipped=frozenset()):
        assert needed & told, f"one of {sorted(needed)} is needed"


@pytest.mark.parametrize(
    ("granted", "skipped"),
    [
        ({"read_orders"}, {"customers", "returnable", "promises"}),
        ({"read_orders", "read_customers"}, {"returnable", "promises"}),
        ({"read_orders", "read_returns"}, {"customers", "promises"}),
        ({"read_orders", "read_merchant_managed_fulfillment_orders"}, {"customers", "returnable"}),
    ],
)
@pytest.mark.parametrize("name", ["ORDER", "ORDERS", "OPEN_ORDERS"])
def test_an_order_can_be_read_with_the_scopes_that_there_are(name: str, granted: set[str], skipped: set[str]) -> None:
    for needed in _scopes(DOCUMENTS[name], frozenset(skipped)):
        assert needed & granted, f"one of {sorted(needed)} is needed"


def _scopes(document: str, skipped: frozenset[str]) -> list[set[str]]:
    """For each type and mutation of the document the scopes of which one is needed; without ``skipped`` parts."""
    known = schema()
    assert known is not None
    rows = {
        (row["typeName"], row.get("fieldName")): set(row["offlineScopes"])
        for row in described()["offline_scopes"]["items"]
    }
    found: list[set[str]] = []
    info = TypeInfo(known)

    class Collect(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> Any:
            for directive in node.directives or ():
                conditions = [argument.value for argument in directive.arguments or ()]
                if any(isinstance(one, VariableNode) and one.name.value in skipped for one in conditions):
                    return False
            parent, type_ = info.get_parent_type(), info.get_type()
            assert parent is not None
            assert type_ is not None
            for key in ((parent.name, node.name.value), (get_named_type(type_).name, None)):
                if rows.get(key):
                    found.append(rows[key])
            return None

    visit(parse(document), TypeInfoVisitor(info, Collect()))
    return found


def _points(document: str, variables: dict[str, int]) -> float:
    """The cost by the documented rules (an object 1, a list as many as are asked for), without Shopify's discount."""
    known = schema()
    assert known is not None
    parsed = parse(document)
    fragments = {one.name.value: one for one in parsed.definitions if isinstance(one, FragmentDefinitionNode)}
    operation = next(one for one in parsed.definitions if isinstance(one, OperationDefinitionNode))

    def size(field: FieldNode) -> int:
        for argument in field.arguments or ():
            if argument.name.value == "first":
                value = argument.value
                return int(value.value) if isinstance(value, IntValueNode) else variables[value.name.value]  # type: ignore[attr-defined]
        return 1

    def of(selections: Any, parent: GraphQLNamedType, rows: int) -> float:
        total = 0.0
        for one in selections.selections:
            if isinstance(one, FragmentSpreadNode):
                total += of(fragments[one.name.value].selection_set, parent, rows)
            elif isinstance(one, InlineFragmentNode):
                assert known is not None
                assert one.type_condition is not None
                type_ = known.type_map[one.type_condition.name.value]
                total += of(one.selection_set, type_, rows)
            else:
                total += cost(one, parent, rows)
        return total

    def cost(field: FieldNode, parent: Any, rows: int) -> float:
        described_type = parent.fields[field.name.value].type
        bare = described_type.of_type if is_non_null_type(described_type) else described_type
        type_ = get_named_type(described_type)
        if is_leaf_type(type_):
            return 0.0
        if type_.name.endswith("Connection"):
            return 2 + of(field.selection_set, type_, size(field))
        times = rows if field.name.value == "nodes" else size(field) if is_list_type(bare) else 1
        return times * (1 + of(field.selection_set, type_, 1))

    root = known.query_type
    assert root is not None
    return of(operation.selection_set, root, 1)
