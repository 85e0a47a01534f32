"""ShipStation's status codes.

Detail codes with what they mean: the description of API v2 (``tracking_status_detail_code``). The short ones are those
of its documentation ('Tracking', sample answer 'DE') and of ShipEngine, from which v2 comes.
"""

from __future__ import annotations

from collections.abc import Mapping

from asterisk_agent.commerce.models import ShipmentStatus
from asterisk_agent.commerce.statuses import StatusTable

SYSTEM = "shipstation"

_GROUPS: Mapping[ShipmentStatus, str] = {
    ShipmentStatus.PRE_TRANSIT: """
        NY COLLECTION_FAILED AWAITING_DESPATCH COLLECTION_REQUESTED ELEC_ADVICE_RECD_BY_CARRIER
        NOT_YET_RECEIVED_BY_CARRIER AWAITING_ELECTRONIC_ADVICE
    """,
    # RECD_BY_CARRIER_NO_ELEC_ADVICE: there, though nothing was announced. DELIVERED_IN_PART: the rest is still awaited.
    ShipmentStatus.IN_TRANSIT: """
        AC IT DESPATCHED COLLECTION_MADE RECD_BY_CARRIER_NO_ELEC_ADVICE CUSTOMS_CLEARED CUSTOMS_PROCESSING
        DELIVERY_ARRANGED_WITH_RECIPIENT HUB_SCAN_OUT IN_TRANSIT PARCEL_OVER_LABELLED
        PARCEL_UPDATE_NOTIFICATION_VIA_EMAIL PARCEL_UPDATE_NOTIFICATION_VIA_SMS RECEIVED_BY_CARRIER
        RECEIVED_LOCAL_DELIVERY_DEPOT SUB_CONTRACTOR_EVENT SUB_CONTRACTOR_RECEIVED DELIVERED_IN_PART
    """,
    ShipmentStatus.OUT_FOR_DELIVERY: "OUT_FOR_DELIVERY",
    ShipmentStatus.ATTEMPT_FAILED: """
        AT ATTEMPTED_DELIVERY ATTEMPTED_DELIVERY_2ND ATTEMPTED_DELIVERY_3RD COD_AMOUNT_NOT_PAID CUSTOMER_CARDED
        CUSTOMER_IDENTIFICATION_FAILED INVALID_METHOD_OF_PAYMENT NO_ACCESS_TO_RECIPIENTS_ADDRESS
    """,
    ShipmentStatus.AVAILABLE_FOR_PICKUP: """
        SP AWAITING_COLLECTION_FROM_PICKUP_POINT COLLECT_AT_LOCAL_PO CUSTOMER_TO_COLLECT_FROM_CARRIER
        DELIVERED_TO_ALTERNATIVE_DELIVERY_LOCATION DELIVERED_TO_LOCKER_COLLECTION_POINT
    """,
    ShipmentStatus.DELIVERED: """
        DE DELIVERED DELIVERED_DAMAGED DELIVERED_SPECIFIED_SAFE_PLACE DELIVERED_TO_NEIGHBOUR DELIVERED_TO_PO_BOX
        PARCEL_COLLECTED_FROM_PICKUP_POINT PROOF_OF_DELIVERY
    """,
    ShipmentStatus.DELAYED: """
        CARRIER_DELAYS DELAYED_NOT_CARRIER HELD_BY_CARRIER_FOR_CLEARANCE_PRE_PROCESSING HELD_BY_CUSTOMS
        HELD_BY_EXPORT_CUSTOMS HELD_BY_IMPORT_CUSTOMS MISSORTED PARCEL_REPACKED ROUTING_ERROR
    """,
    ShipmentStatus.RETURNING: """
        CUSTOMER_MOVED HAZARDOUS_PROHIBITED NOT_COLLECTED_FROM_PICKUP_POINT NOT_DELIVERED PARCEL_DAMAGED
        PARCEL_OUTSIDE_OF_SERVICE_CAPABILITY REFUSED_BY_CUSTOMER RETURN_TO_SENDER
    """,
    ShipmentStatus.EXCEPTION: """
        EX ADDRESS_QUERY CANCELLED CANCELLED_BEFORE_DESPATCH HELD_BY_CARRIER INCORRECT_DECLARATION
        NOT_DELIVERED_ADDRESSEE_DECEASED PARCEL_DISPOSED PARCEL_LOST
    """,
    ShipmentStatus.UNKNOWN: "UN CARRIER_STATUS_NOT_MAPPED",
}

STATUSES = StatusTable(SYSTEM, {code: status for status, codes in _GROUPS.items() for code in codes.split()})

SILENT = frozenset({"CARRIER_STATUS_NOT_MAPPED", "COD_AMOUNT_PAID", "INFORMATION", "POST_TRANSIT_STATUS"})
"""Detail codes that do not say where the parcel is: the short code counts."""

LEFT_AT = {
    "DELIVERED_SPECIFIED_SAFE_PLACE": "the safe place that was chosen",
    "DELIVERED_TO_NEIGHBOUR": "with a neighbor",
    "DELIVERED_TO_PO_BOX": "the P O box",
}


def status(code: str | None, detail: str | None) -> ShipmentStatus:
    """By the detail code where it says something, else by the short one."""
    if detail and detail not in SILENT and (found := STATUSES.known(detail)) is not None:
        return found
    if code in SILENT:
        return ShipmentStatus.UNKNOWN
    return STATUSES.read(code or detail)
