"""GraphQL documents for Vendure's Admin API 3 (docs.vendure.io, 'Admin API')."""

from __future__ import annotations

PAGE = 100
"""Orders in one answer; the Admin API takes 1,000 at most by default (apiOptions.adminListQueryLimit)."""

ORDER_FIELDS = """
  id code state createdAt orderPlacedAt currencyCode totalWithTax
  customer { id firstName lastName emailAddress phoneNumber }
  shippingAddress { fullName streetLine1 streetLine2 city province postalCode countryCode phoneNumber }
  shippingLines { shippingMethod { code name } }
  lines { id quantity orderPlacedQuantity discountedUnitPriceWithTax productVariant { sku name } }
  payments { state amount metadata refunds { state total updatedAt } }
  fulfillments { id state method trackingCode lines { orderLineId quantity } }
  history(options: { filter: { type: { eq: "ORDER_FULFILLMENT_TRANSITION" } }, take: 100 }) { items { createdAt data } }
"""

_DECIMALS = "globalSettings { serverConfig { moneyStrategyPrecision } }"

ORDERS = f"""query Orders($options: OrderListOptions!) {{
  orders(options: $options) {{ items {{ {ORDER_FIELDS} }} }} {_DECIMALS}
}}"""

CUSTOMERS = f"""query Customers($filter: CustomerFilterParameter!, $orders: OrderListOptions!) {{
  customers(options: {{ filter: $filter, take: 50 }}) {{
    items {{ id emailAddress phoneNumber orders(options: $orders) {{ items {{ {ORDER_FIELDS} }} }} }}
  }} {_DECIMALS}
}}"""

SIGNED_IN = "query SignedIn { globalSettings { id } }"
"""What any key or account may ask; 'me' is not for keys."""

LOGIN = """mutation Login($username: String!, $password: String!) {
  login(username: $username, password: $password) { __typename ... on ErrorResult { errorCode } }
}"""

_OUTCOME = "{ __typename ... on Order { state totalWithTax } ... on ErrorResult { errorCode message } }"

TO_STATE = f"""mutation ToState($id: ID!, $state: String!) {{
  outcome: transitionOrderToState(id: $id, state: $state) {_OUTCOME}
}}"""

MODIFY = f"""mutation Modify($input: ModifyOrderInput!) {{ outcome: modifyOrder(input: $input) {_OUTCOME} }}"""

CANCEL = f"""mutation Cancel($input: CancelOrderInput!) {{ outcome: cancelOrder(input: $input) {_OUTCOME} }}"""

NOTE = "mutation Note($input: AddNoteToOrderInput!) { addNoteToOrder(input: $input) { id } }"
