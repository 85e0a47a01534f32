"""The documents that are sent to Shopify, and how much of an order one of them asks for.

Every document costs less than 1,000 points, the most that one may (shopify.dev, 'rate limits'), even if each list were
full. Sizes are variables, so that several orders at once can ask for less of each.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Sizes:
    """The most rows of each list of an order."""

    items: int
    parcels: int
    numbers: int
    contents: int
    events: int
    payments: int
    refunds: int
    returns: int

    def variables(self) -> dict[str, int]:
        """As the documents name them."""
        return asdict(self)


ONE = Sizes(items=30, parcels=10, numbers=3, contents=10, events=4, payments=5, refunds=5, returns=4)
"""Of an order alone."""

AMONG = Sizes(items=6, parcels=2, numbers=2, contents=4, events=2, payments=2, refunds=2, returns=1)
"""Of each of a customer's orders; one that has more is asked for alone."""

CUSTOMERS_ORDERS = 5
"""The newest orders of a customer that are looked at."""

NAMES = 50
"""Orders whose names a search for a number may find; only the one with exactly that number is taken."""

PAGE = 25
"""Open orders in one request."""

_VARIABLES = """
  $customers: Boolean!, $returnable: Boolean!, $promises: Boolean!, $items: Int!, $parcels: Int!, $numbers: Int!,
  $contents: Int!, $events: Int!, $payments: Int!, $refunds: Int!, $returns: Int!
"""

_CUSTOMER = """
  customer @include(if: $customers) {
    id displayName tags
    defaultEmailAddress { emailAddress }
    defaultPhoneNumber { phoneNumber }
  }
"""

_ADDRESS = "{ name firstName lastName company address1 address2 city province provinceCode zip countryCodeV2 phone }"

_ORDER = f"""
fragment OrderParts on Order {{
  id name processedAt cancelledAt displayFulfillmentStatus displayFinancialStatus email phone
  {_CUSTOMER}
  shippingAddress {_ADDRESS}
  billingAddress {_ADDRESS}
  totalPriceSet {{ presentmentMoney {{ amount currencyCode }} }}
  lineItems(first: $items) {{
    pageInfo {{ hasNextPage }}
    nodes {{
      id name sku quantity currentQuantity isGiftCard requiresShipping
      discountedUnitPriceAfterAllDiscountsSet {{ presentmentMoney {{ amount currencyCode }} }}
    }}
  }}
  fulfillments(first: $parcels) {{
    status displayStatus requiresShipping createdAt inTransitAt estimatedDeliveryAt deliveredAt
    trackingInfo(first: $numbers) {{ company number }}
    fulfillmentLineItems(first: $contents) {{ pageInfo {{ hasNextPage }} nodes {{ lineItem {{ id name }} }} }}
    events(first: $events, sortKey: HAPPENED_AT, reverse: true) {{
      nodes {{ happenedAt status message city province }}
    }}
  }}
  transactions(first: $payments) {{
    kind status paymentDetails {{ ... on CardPaymentDetails {{ company number }} }}
  }}
  refunds(first: $refunds) {{
    processedAt
    totalRefundedSet {{ presentmentMoney {{ amount currencyCode }} }}
    transactions(first: $payments) {{
      nodes {{ kind status formattedGateway paymentDetails {{ ... on CardPaymentDetails {{ company number }} }} }}
    }}
  }}
  fulfillmentOrders(first: $parcels) @include(if: $promises) {{
    nodes {{ deliveryMethod {{ maxDeliveryDateTime }} }}
  }}
  returns(first: $returns, reverse: true) @include(if: $returnable) {{
    pageInfo {{ hasNextPage }}
    nodes {{
      name status createdAt
      returnLineItems(first: $contents) {{
        nodes {{
          returnReasonDefinition {{ name }}
          ... on ReturnLineItem {{ fulfillmentLineItem {{ lineItem {{ name }} }} }}
        }}
      }}
      reverseFulfillmentOrders(first: 1) {{
        nodes {{
          reverseDeliveries(first: 1) {{
            nodes {{
              deliverable {{ ... on ReverseDeliveryShippingDeliverable {{ tracking {{ carrierName number }} }} }}
            }}
          }}
        }}
      }}
    }}
  }}
}}
"""

FACTS = """
query Facts {
  currentAppInstallation { accessScopes { handle } }
  shop { name ianaTimezone orderNumberFormatPrefix orderNumberFormatSuffix }
}
"""

ORDER_NAMES = """
query OrderNames($query: String!, $first: Int!) {
  orders(first: $first, query: $query, sortKey: PROCESSED_AT, reverse: true) { nodes { id name } }
}
"""

ORDER = f"query Order($id: ID!, {_VARIABLES}) {{ order(id: $id) {{ ...OrderParts }} }}\n{_ORDER}"

ORDERS = f"""
query Orders($query: String!, $first: Int!, {_VARIABLES}) {{
  orders(first: $first, query: $query, sortKey: PROCESSED_AT, reverse: true) {{ nodes {{ ...OrderParts }} }}
}}
{_ORDER}
"""

CUSTOMER_ORDERS = f"""
query CustomerOrders($phone: String!, $first: Int!, {_VARIABLES}) {{
  customerByIdentifier(identifier: {{ phoneNumber: $phone }}) {{
    defaultPhoneNumber {{ phoneNumber }}
    orders(first: $first, sortKey: PROCESSED_AT, reverse: true) {{ nodes {{ ...OrderParts }} }}
  }}
}}
{_ORDER}
"""

OPEN_ORDERS = f"""
query OpenOrders($query: String!, $first: Int!, $after: String, $customers: Boolean!) {{
  orders(first: $first, after: $after, query: $query, sortKey: PROCESSED_AT, reverse: true) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      id name processedAt cancelledAt displayFulfillmentStatus displayFinancialStatus email phone
      {_CUSTOMER}
      shippingAddress {_ADDRESS}
      fulfillments(first: 4) {{
        status displayStatus requiresShipping createdAt inTransitAt estimatedDeliveryAt deliveredAt
        trackingInfo(first: 3) {{ company number }}
      }}
    }}
  }}
}}
"""

CHANGE_ADDRESS = """
mutation ChangeAddress($id: ID!, $address: MailingAddressInput!) {
  orderUpdate(input: { id: $id, shippingAddress: $address }) { order { id } userErrors { message } }
}
"""

CANCEL_ORDER = """
mutation CancelOrder($id: ID!, $note: String!) {
  orderCancel(orderId: $id, reason: CUSTOMER, restock: false, notifyCustomer: true, staffNote: $note) {
    job { id }
    orderCancelUserErrors { code message }
  }
}
"""

CANCELLATION = """
query Cancellation($order: ID!, $job: ID!) { order(id: $order) { cancelledAt } job(id: $job) { done } }
"""

RETURNABLE = """
query Returnable($order: ID!) {
  returnableFulfillments(orderId: $order, first: 8) {
    nodes {
      returnableFulfillmentLineItems(first: 20) {
        nodes { quantity fulfillmentLineItem { id lineItem { name } } }
      }
    }
  }
}
"""

REQUEST_RETURN = """
mutation RequestReturn($input: ReturnRequestInput!) {
  returnRequest(input: $input) { return { name } userErrors { code message } }
}
"""

NOTES = """
query Notes($id: ID!, $namespace: String!, $key: String!) {
  order(id: $id) { metafield(namespace: $namespace, key: $key) { value compareDigest } }
}
"""

WRITE_NOTES = """
mutation WriteNotes($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) { metafields { id } userErrors { code message } }
}
"""

_CONTRACT = """
fragment ContractParts on SubscriptionContract {
  id status nextBillingDate
  customer { id }
  originOrder { name }
  deliveryPolicy { interval intervalCount }
  lines(first: 20) { nodes { title variantTitle quantity } }
}
"""

CONTRACTS = f"""
query Contracts($who: CustomerIdentifierInput!, $first: Int!) {{
  customerByIdentifier(identifier: $who) {{
    defaultEmailAddress {{ emailAddress }}
    subscriptionContracts(first: $first, reverse: true) {{ nodes {{ ...ContractParts }} }}
  }}
}}
{_CONTRACT}
"""

CONTRACT = f"""
query Contract($id: ID!) {{ subscriptionContract(id: $id) {{ ...ContractParts }} }}
{_CONTRACT}
"""

BILLING_CYCLES = """
query BillingCycles($contract: ID!, $from: DateTime!, $to: DateTime!) {
  subscriptionBillingCycles(
    contractId: $contract, first: 10, billingCyclesDateRangeSelector: { startDate: $from, endDate: $to }
  ) {
    nodes { cycleIndex billingAttemptExpectedDate skipped status }
  }
}
"""

SKIP_CYCLE = """
mutation SkipCycle($contract: ID!, $index: Int!) {
  subscriptionBillingCycleSkip(billingCycleInput: { contractId: $contract, selector: { index: $index } }) {
    billingCycle { skipped }
    userErrors { code message }
  }
}
"""

MOVE_CYCLE = """
mutation MoveCycle($contract: ID!, $index: Int!, $date: DateTime!) {
  subscriptionBillingCycleScheduleEdit(
    billingCycleInput: { contractId: $contract, selector: { index: $index } },
    input: { billingDate: $date, reason: BUYER_INITIATED }
  ) {
    billingCycle { billingAttemptExpectedDate }
    userErrors { code message }
  }
}
"""

PAUSE_CONTRACT = """
mutation PauseContract($contract: ID!) {
  subscriptionContractPause(subscriptionContractId: $contract, actor: CUSTOMER) {
    contract { status }
    userErrors { code message }
  }
}
"""
