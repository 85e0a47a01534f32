"""Settings of stores, carriers, aggregators, returns and subscription systems: one section each."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from asterisk_agent.settings_section import OptionalPath, Section

_URL = r"^(https?://[^\s/]+(/[^\s?#]*)?)?$"
_NONE = SecretStr("")

StoreSystem = Literal["local", "shopify", "woocommerce", "bigcommerce", "adobe", "amazon", "vendure"]
CarrierSystem = Literal["ups", "fedex", "usps", "dhl", "easypost", "shippo", "aftership", "shipstation"]
ReturnsSystem = Literal["loop", "aftership"]
SubscriptionSystem = Literal["recharge", "woocommerce", "shopify"]


class LocalStore(Section):
    """The store in a JSON file (format: asterisk_agent/commerce/stores/local_format.py)."""

    file: OptionalPath = Field(None, description="Path of the JSON file; empty: the small demo shop.")


class Shopify(Section):
    """Shopify, GraphQL Admin API 2026-10: an app of the Dev Dashboard, installed in the shop."""

    url: str = Field("", pattern=_URL, description="The shop, e.g. 'https://my-shop.myshopify.com'.")
    client_id: str = Field("", description="The app's client id.")
    client_secret: SecretStr = Field(_NONE, description="The app's client secret; webhooks are signed with it too.")
    access_token: SecretStr = Field(_NONE, description="An access token (shpat_…) instead of id and secret.")


class WooCommerce(Section):
    """WooCommerce, REST v3."""

    url: str = Field("", pattern=_URL, description="The site, e.g. 'https://shop.example.com'.")
    key: SecretStr = Field(_NONE, description="Consumer key (ck_…) with read/write permission.")
    secret: SecretStr = Field(_NONE, description="Consumer secret (cs_…).")
    webhook_secret: SecretStr = Field(_NONE, description="The secret typed in at the webhook; empty: none accepted.")


class BigCommerce(Section):
    """BigCommerce, Orders V2 and V3."""

    url: str = Field("https://api.bigcommerce.com", pattern=_URL, description="The API's address.")
    store_hash: str = Field("", pattern=r"^[a-z0-9]*$", description="The store's hash, as in its API path.")
    token: SecretStr = Field(_NONE, description="X-Auth-Token of a store-level API account.")
    webhook_secret: SecretStr = Field(
        _NONE,
        description="The API account's client secret, with which BigCommerce signs, or the value of a header "
        "'X-Agent-Secret' that the webhooks are registered with; empty: none accepted.",
    )


class Adobe(Section):
    """Adobe Commerce or Magento 2.4, REST: an integration's OAuth 1.0a keys."""

    url: str = Field("", pattern=_URL, description="The site, e.g. 'https://shop.example.com'.")
    store_view: str = Field("default", pattern=r"^[A-Za-z0-9_]+$", description="Store view code, as in /rest/default.")
    consumer_key: str = Field("", description="Of the integration.")
    consumer_secret: SecretStr = Field(_NONE, description="Of the integration.")
    access_token: str = Field("", description="Of the integration.")
    access_token_secret: SecretStr = Field(_NONE, description="Of the integration.")


class Amazon(Section):
    """Amazon Selling Partner API, Orders 2026-01-01."""

    url: str = Field("https://sellingpartnerapi-na.amazon.com", pattern=_URL, description="Regional endpoint.")
    token_url: str = Field("https://api.amazon.com/auth/o2/token", pattern=_URL, description="Login with Amazon.")
    client_id: str = Field("", description="LWA client id.")
    client_secret: SecretStr = Field(_NONE, description="LWA client secret.")
    refresh_token: SecretStr = Field(_NONE, description="The seller's refresh token (Atzr|…).")
    marketplaces: tuple[str, ...] = Field(("ATVPDKIKX0DER",), description="Marketplace ids.")


class Vendure(Section):
    """Vendure 3, GraphQL Admin API."""

    url: str = Field("", pattern=_URL, description="The server, e.g. 'http://127.0.0.1:3000'.")
    api_key: SecretStr = Field(_NONE, description="An API key (tokenMethod 'api-key'), or user and password below.")
    username: str = Field("", description="Administrator's name.")
    password: SecretStr = Field(_NONE, description="Administrator's password.")


class Store(Section):
    """Where orders are looked up."""

    system: StoreSystem = Field("local", description="Which store system answers.")
    also: tuple[StoreSystem, ...] = Field(
        (), description="Further systems with orders of the same shop, e.g. ['amazon']: all are asked."
    )
    deadline_s: float = Field(2.5, gt=0, le=10, description="Longest look-up on a live call, seconds.")
    local: LocalStore = LocalStore()
    shopify: Shopify = Shopify()
    woocommerce: WooCommerce = WooCommerce()
    bigcommerce: BigCommerce = BigCommerce()
    adobe: Adobe = Adobe()
    amazon: Amazon = Amazon()
    vendure: Vendure = Vendure()


class _Tracked(Section):
    fresh_minutes: float = Field(15.0, ge=0, le=1440, description="An answer this young is not asked for again.")


class Ups(_Tracked):
    """UPS Track, and Delivery Intercept for the shipper's own parcels."""

    url: str = Field("https://onlinetools.ups.com", pattern=_URL, description="The API's address.")
    client_id: str = Field("", description="Of the app at developer.ups.com.")
    client_secret: SecretStr = Field(_NONE, description="Of the app.")
    account: str = Field(
        "",
        pattern=r"^([A-Za-z0-9]{6})?$",
        description="Six-character shipper number; with it own parcels are redirected, rescheduled and held. "
        "Empty: parcels are only tracked.",
    )


class FedEx(_Tracked):
    """FedEx Track (Basic Integrated Visibility)."""

    url: str = Field("https://apis.fedex.com", pattern=_URL, description="The API's address.")
    client_id: str = Field("", description="API key of the project at developer.fedex.com.")
    client_secret: SecretStr = Field(_NONE, description="Its secret key.")


class Usps(_Tracked):
    """USPS Tracking 3.2. Free only for the shop's own mailer id; otherwise use an aggregator."""

    url: str = Field("https://apis.usps.com", pattern=_URL, description="The API's address.")
    client_id: str = Field("", description="Consumer key of the app at developers.usps.com.")
    client_secret: SecretStr = Field(_NONE, description="Its consumer secret.")
    per_hour: int = Field(60, ge=2, description="The app's quota; USPS grants more on request.")


class Dhl(_Tracked):
    """DHL Shipment Tracking Unified. A new key may ask 250 times a day, once in 5 s."""

    url: str = Field("https://api-eu.dhl.com", pattern=_URL, description="The API's address.")
    key: SecretStr = Field(_NONE, description="DHL-API-Key.")
    fresh_minutes: float = Field(60.0, ge=0, le=1440, description="An answer this young is not asked for again.")
    per_day: int = Field(250, ge=1, description="The key's daily quota.")
    seconds_between: float = Field(5.0, ge=0, description="The key's spacing.")


class EasyPost(_Tracked):
    """EasyPost trackers."""

    url: str = Field("https://api.easypost.com", pattern=_URL, description="The API's address.")
    key: SecretStr = Field(_NONE, description="API key.")
    webhook_secret: SecretStr = Field(_NONE, description="The webhook's HMAC secret; empty: none accepted.")


class Shippo(_Tracked):
    """Shippo tracks."""

    url: str = Field("https://api.goshippo.com", pattern=_URL, description="The API's address.")
    token: SecretStr = Field(_NONE, description="ShippoToken.")
    webhook_secret: SecretStr = Field(_NONE, description="Secret in the webhook's address (?token=…); empty: none.")


class AfterShip(_Tracked):
    """AfterShip Tracking 2026-07; its Returns use the same key."""

    url: str = Field("https://api.aftership.com", pattern=_URL, description="The API's address.")
    key: SecretStr = Field(_NONE, description="as-api-key.")
    webhook_secret: SecretStr = Field(_NONE, description="The webhook's secret; empty: none accepted.")


class ShipStation(_Tracked):
    """ShipStation v2 labels."""

    url: str = Field("https://api.shipstation.com", pattern=_URL, description="The API's address.")
    key: SecretStr = Field(_NONE, description="API-Key of v2.")


class Carriers(Section):
    """Who is asked where a parcel is. Without any, the store's own status is told."""

    systems: tuple[CarrierSystem, ...] = Field(
        (), description="Systems in the order in which they are asked, e.g. ['ups', 'fedex', 'easypost']."
    )
    on_call_s: float = Field(
        1.0, gt=0, le=2.5, description="After this a caller hears the last known status while the answer is awaited."
    )
    prefetch_minutes: float = Field(
        10.0, ge=0, le=1440, description="Open orders' trackings are fetched ahead this often; 0: never."
    )
    prefetch_orders: int = Field(500, ge=0, le=10000, description="At most this many open orders, the newest.")
    ups: Ups = Ups()
    fedex: FedEx = FedEx()
    usps: Usps = Usps()
    dhl: Dhl = Dhl()
    easypost: EasyPost = EasyPost()
    shippo: Shippo = Shippo()
    aftership: AfterShip = AfterShip()
    shipstation: ShipStation = ShipStation()


class Loop(Section):
    """Loop Returns."""

    url: str = Field("https://api.loopreturns.com", pattern=_URL, description="The API's address.")
    key: SecretStr = Field(_NONE, description="X-Authorization key with the right to read returns.")


class AfterShipReturns(Section):
    """AfterShip Returns."""

    url: str = Field("https://api.aftership.com", pattern=_URL, description="The API's address.")
    key: SecretStr = Field(_NONE, description="as-api-key.")


class Returns(Section):
    """Where returns are kept, if not in the store itself."""

    system: ReturnsSystem | Literal[""] = Field("", description="'loop' or 'aftership'; empty: the store's own.")
    loop: Loop = Loop()
    aftership: AfterShipReturns = AfterShipReturns()


class Recharge(Section):
    """Recharge, API 2021-11."""

    url: str = Field("https://api.rechargeapps.com", pattern=_URL, description="The API's address.")
    token: SecretStr = Field(_NONE, description="X-Recharge-Access-Token with read/write for subscriptions.")


class Subscriptions(Section):
    """Where subscriptions are kept, if not in the store itself."""

    system: SubscriptionSystem | Literal[""] = Field(
        "", description="'recharge', 'woocommerce' or 'shopify' (with that store's keys); empty: the store's own."
    )
    recharge: Recharge = Recharge()


class Webhooks(Section):
    """A small web server for the news of stores and aggregators. Put a reverse proxy with TLS before it."""

    listen: str = Field(
        "", pattern=r"^([^\s:]+:\d{1,5})?$", description="Host and port, e.g. '127.0.0.1:8090'; empty: no server."
    )
