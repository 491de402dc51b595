"""`ordercli schema` describes what goes in and comes out, and every command keeps to it."""

from __future__ import annotations

import json
import shlex
import shutil
import signal
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import typer
from jsonschema import Draft202012Validator

from ordercli.cli.app import app
from ordercli.clients import subscriptions
from ordercli.clients.subscriptions import SubscriptionRow
from ordercli.clock import timestamp_now
from ordercli.database.opening import open_database
from ordercli.database.store import transaction
from ordercli.forwarding import forwards
from ordercli.forwarding.forwards import ForwardRow
from ordercli.output.schemas import SCHEMAS, is_result, schema
from ordercli.resources.all_rules import all_rules
from ordercli.resources.common.rules.shape import NOT_ONE_OF, REQUIRED_FIELD_MISSING, WRONG_TYPE
from ordercli.resources.product_order.examples import example_document, example_in_v5, example_profile
from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.resources.product_order.profiles import PROFILES
from ordercli.resources.product_order.rules.product_orders import OTHER_VERSION
from ordercli.resources.quote.examples import GOOD_QUOTE
from ordercli.resources.registry import RESOURCES
from ordercli.resources.service_order.examples import example_document as service_example
from ordercli.resources.service_order.service_order import SERVICE_ORDER
from ordercli.resources.validator import OrderValidator
from support.builders import encoded, line, ndjson, product_order, service_order
from support.running import Ordercli
from support.stored import column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.result_types import Result
    from support.builders import Json

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parents[2] / "samples"
BAD = product_order("BAD-1", items=[line(action="ad")])
CONFLICT = product_order("PO-1", orderCurrency="USD")
UNTIL_CREATION = {"externalId": "BROKEN-1", "productOrderItem": 7}

# The name of a schema, and a command that prints documents of that kind; {batch} is a batch of the world below.
PRINTED = [
    ("order-group", "list --group-by state,currency,batch -o ndjson"),
    ("submission", "submit new.ndjson -o json"),
    ("submission", "submit new.ndjson --async --track-id T-1 --dry-run -o json"),
    ("submission", "submit new.ndjson --async --wait 1ms -o json"),
    ("submission", "batch resume {batch} -o json"),
    ("receipt", "submit new.ndjson -o ndjson"),
    ("receipt", "submit new.ndjson --source other --full -o ndjson"),
    ("receipt", "submit samples.ndjson --source other --async -o ndjson"),
    ("submission", "rejects submit refused.rejects.ndjson -o json"),
    ("receipt", "rejects submit refused.rejects.ndjson -o ndjson"),
    ("file-receipt", "submit --watch-folder incoming --once --settle 0s -o ndjson"),
    ("reject", "queue export"),
    ("reject-group", "rejects show refused.rejects.ndjson -o ndjson"),
    ("fixed-line", "rejects fix refused.rejects.ndjson --apply-suggestions -o ndjson"),
    ("diagnostics", "validate new.ndjson -o json"),
    ("diagnostic", "validate new.ndjson broken.ndjson -o ndjson"),
    ("rule-count", "validate new.ndjson --statistics -o ndjson"),
    ("rule-count", "validate new.ndjson --statistics -o json"),
    ("order-tmf622-v4", "quote convert quotes.ndjson"),
    ("diagnostics", "quote convert quotes.ndjson --to converted.ndjson -o json"),
    ("diagnostic", "quote convert quotes.ndjson --to converted.ndjson --force -o ndjson"),
    ("queue-run", "queue run -o json"),
    ("queue-status", "queue status -o json"),
    ("pause", "queue pause --reason now -o json"),
    ("pause", "queue resume -o json"),
    ("pause", "forward pause crm --config targets.toml -o json"),
    ("pause", "forward resume crm --config targets.toml -o json"),
    ("queue-entry", "queue list -o ndjson"),
    ("queue-entry", "queue list -o json"),
    ("queue-entry", "queue retry --state error --dry-run -o ndjson"),
    ("queue-entry-details", "queue show BROKEN-1 -o json"),
    ("queue-entry-details", "queue show QUEUED-1 -o json"),
    ("entry-receipt", "queue create QUEUED-1 -o ndjson"),
    ("entry-receipt", "queue create QUEUED-1 BROKEN-1 PO-1 NOWHERE -o ndjson"),
    ("entry-receipt", "queue retry BROKEN-1 -o ndjson"),
    ("entry-receipt", "queue discard QUEUED-1 --reason twice -o ndjson"),
    ("entries-changed", "queue retry --state error -o json"),
    ("entries-changed", "queue discard --state error --reason old --yes -o json"),
    ("entries-purged", "queue purge --completed 0s --error 0s --yes -o json"),
    ("queued-answer", "show QUEUED-1 -o json"),
    ("queued-answer", "show BROKEN-1 -o json"),
    ("order", "show PO-1 -o json"),
    ("order", "show PATCHED-1 -o json"),
    ("order", "show CANCELLED-1 -o json"),
    ("order", "list --resource productOrder --limit 0 -o ndjson"),
    ("order", "list --resource productOrder -o json"),
    ("order", "patch PO-1 --set channel.0.id=web -o json"),
    ("order-fields", "list --fields externalId,state -o ndjson"),
    ("service-order", "show SO-1 -o json"),
    ("service-order", "list --resource serviceOrder -o ndjson"),
    ("service-order", "patch SO-1 --set description=new -o json"),
    ("service-cancellation", "cancel SO-1 --reason twice -o json"),
    ("service-event", "history SO-1 --events -o ndjson"),
    ("service-event", "events --resource serviceOrder -o ndjson"),
    ("service-event", "history SO-2 --events -o ndjson"),
    ("change-receipt", "patch --from patches.ndjson -o ndjson"),
    ("change-receipt", "cancel --from requests.ndjson -o ndjson"),
    ("change-receipt", "cancel PO-1 NOWHERE --reason twice -o ndjson"),
    ("patch-operation", "patch PO-1 --set channel.0.id=web --set externalId=PO-1 --dry-run -o ndjson"),
    ("cancellation", "cancel PO-1 --reason twice --requested-date 2026-03-02T08:00:00Z -o json"),
    ("history-line", "history PATCHED-1 -o ndjson"),
    ("history-line", "history CANCELLED-1 -o json"),
    ("event", "history CANCELLED-1 --events -o ndjson"),
    ("event", "events --resource productOrder -o ndjson"),
    ("new-token", "serve token add crm --role operate --expires 1d -o json"),
    ("api-token", "serve token list -o ndjson"),
    ("api-token", "serve token revoke dashboard -o json"),
    ("subscription", "hub list -o ndjson"),
    ("subscription", f"hub enable {'a' * 32} -o json"),
    ("subscription", f"hub remove {'b' * 32} -o json"),
    ("reference-record", "reference list ProductSpecification -o ndjson"),
    ("reference-record", "reference show Currency EUR -o json"),
    ("reference-record", "reference export"),
    ("reference-import", "reference import reference.ndjson -o json"),
    ("reference-import", "reference import reference.ndjson --dry-run -o json"),
    ("deleted-record", "reference delete Currency EUR --include-used --dry-run -o ndjson"),
    ("record-difference", "reference diff catalogue.ndjson -o ndjson"),
    ("reference-stats", "reference stats -o json"),
    ("rule", "rules -o ndjson"),
    ("explanation", "explain ORD121 -o json"),
    ("explanation", "explain ORD001 -o json"),
    ("explanation", "explain ORD401 -o json"),
    ("rule", "rules --resource serviceOrder -o ndjson"),
    ("explanation", "explain ORD104 -o json"),
    ("schema", "schema -o ndjson"),
    ("schema", "schema --resource serviceOrder -o ndjson"),
    ("batch", "batch list -o ndjson"),
    ("batch-details", "batch show {batch} -o json"),
    ("batch-order", "batch show {batch} --orders -o ndjson"),
    ("report", "report -o json"),
    ("report", "report --batch {batch} -o ndjson"),
    ("batch-cancellation", "batch cancel {batch} --reason twice --yes -o json"),
    ("batch-cancellation", "batch cancel {batch} --reason twice --dry-run -o json"),
    ("withdrawn-order", "batch cancel {batch} --reason twice --yes -o ndjson"),
    ("queue-entry", "forward list -o ndjson"),
    ("entry-receipt", "forward retry FAR-2 -o ndjson"),
    ("entry-receipt", "forward discard FAR-1 --reason twice -o ndjson"),
    ("entry-receipt", "forward resolve FAR-3 --not-sent -o ndjson"),
    ("forward-run", "forward run --config targets.toml -o ndjson"),
    ("follow-run", "forward follow --config targets.toml -o ndjson"),
    ("forward-status", "forward status --config targets.toml -o ndjson"),
    ("forwarded-order", "forward show FAR-1 -o json"),
    ("target", "target list --config targets.toml -o ndjson"),
    ("target-check", "target check crm --config targets.toml -o json"),
    ("settings", "config show -o json"),
    ("setting", "config show --origin -o ndjson"),
    ("settings-file", "config path -o ndjson"),
    ("database-upgrade", "db upgrade -o json"),
    ("database-copy", "db copy orders.db copied.db -o json"),
    ("planned-upgrade", "db upgrade --dry-run -o json"),
    ("planned-upgrade", "db upgrade --dry-run --database none.db -o json"),
    ("backup", "db backup backup.db -o json"),
    ("restored-database", "db restore copy.db --yes -o json"),
    ("database-info", "db info -o json"),
    ("check", "doctor -o ndjson"),
    ("error", "show NOWHERE -o json"),
    ("error", "submit missing.ndjson -o json"),
    ("error", "submit new.ndjson broken.gz -o ndjson"),
    ("error", "validate new.ndjson broken.gz --format json"),
    ("error", "list --state nonsense -o json"),
    ("error", "list --no-such-option -o json"),
    ("error", "explain ORD999 -o json"),
    ("error", "schema nonsense -o json"),
    ("error", "queue show NOWHERE -o json"),
    ("error", "patch PO-1 --set orderCurrency=USD -o json"),
    ("error", "cancel CANCELLED-1 --reason twice -o json"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Path:
    """A folder with inputs of every kind, and a database in which everything has happened once."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copy(fresh_database, folder / "orders.db")
    _write_inputs(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        _let_everything_happen(Ordercli(folder, str(folder / "orders.db")))
    return folder


def _let_everything_happen(command: Ordercli) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for words, environment in (
        ("reference import reference.ndjson", {}),
        ("submit samples.ndjson --track-id T-1 --accepted accepted.ndjson", {}),
        ("submit misspelt.ndjson --rejects refused.rejects.ndjson", {}),
        ("submit past.ndjson", {"ORDERCLI_VALIDATION_REFERENCE": "off"}),
        ("submit broken.ndjson --async", {"ORDERCLI_VALIDATION_CREATE_PRODUCT_ORDER_VALIDATION_ASYNC": "false"}),
        ("queue run", {}),
        ("submit queued.ndjson --async", {"ORDERCLI_VALIDATION_REFERENCE": "off"}),
        ("patch PATCHED-1 --set channel.0.id=1", {"ORDERCLI_VALIDATION_REFERENCE": "off"}),
        ("patch PATCHED-1 --set state=in_progress", {"ORDERCLI_VALIDATION_REFERENCE": "off"}),
        ("cancel CANCELLED-1 --reason twice", {}),
        ("submit services.ndjson", {"ORDERCLI_VALIDATION_REFERENCE": "off"}),
        ("cancel SO-2 --reason twice", {}),
        ("db backup copy.db", {}),
        ("serve token add dashboard --role read", {}),
        ("submit far.ndjson --target crm --config targets.toml", {"ORDERCLI_VALIDATION_REFERENCE": "off"}),
        ("submit new.ndjson --max-rejects 1 --source stopped", {"ORDERCLI_VALIDATION_REFERENCE": "off"}),
    ):
        result = command(*words.split(), **cast("dict[str, Any]", environment))
        assert "internal error" not in result.stderr, (words, result)
    for number, handler in handlers.items():
        signal.signal(number, handler)
    with closing(open_database(command.database)) as store, transaction(store, "test"):
        store.execute(
            "UPDATE inbound_entry SET state = 'error', error_code = 'ORD431', error = '{\"details\": []}'"
            " WHERE external_id = 'FAR-2'"
        )
        store.execute("UPDATE inbound_entry SET state = 'pending' WHERE external_id = 'FAR-3'")
        (order_id,) = column(store, "customer_order", "order_id")[:1]
        forwards.add(store, [ForwardRow(order_id, "crm", "productOrder", "PO-1", remote_id="remote-1")])
        for name in ("a" * 32, "b" * 32):
            wanted = ("productOrder", "tmf622-v4", None, "crm", f"https://crm.example.com/{name}", "")
            subscriptions.add(store, SubscriptionRow(name, *wanted, cursor="0", created_at=timestamp_now()))


def _write_inputs(folder: Path) -> None:
    def write(name: str, *documents: Json | bytes) -> None:
        (folder / name).write_bytes(ndjson(*documents))

    samples = (SAMPLES / "orders.ndjson").read_bytes().splitlines()[:10]
    shutil.copy(SAMPLES / "reference.ndjson", folder)
    write("catalogue.ndjson", {"@type": "Currency", "id": "EUR", "status": "off"}, {"@type": "Currency", "id": "new"})
    write("quotes.ndjson", GOOD_QUOTE, {**GOOD_QUOTE, "state": "pending"})
    write("samples.ndjson", *samples)
    write("past.ndjson", *[product_order(name) for name in ("PO-1", "PATCHED-1", "CANCELLED-1")])
    write("services.ndjson", service_order("SO-1"), service_order("SO-2"))
    (folder / "incoming").mkdir()
    write("incoming/broken.ndjson", product_order("DROPPED-1"), BAD)
    write("incoming/cut.ndjson", b"{")
    write("broken.ndjson", UNTIL_CREATION)
    write("queued.ndjson", product_order("QUEUED-1"))
    write("far.ndjson", *[product_order(f"FAR-{n}") for n in (1, 2, 3)])
    write("new.ndjson", product_order("NEW-1", note=[{"text": "x"}]), BAD, b"{", product_order("PO-1"), CONFLICT)
    write("misspelt.ndjson", {**product_order("X-1"), "productOrderItem": [line(action="Add")]})
    write("patches.ndjson", {"id": "PO-1", "note": [{"text": "x"}]}, {"id": "NOWHERE"}, b"{", {"id": "CANCELLED-1"})
    request = {"cancellationReason": "twice", "productOrder": {"id": "PO-1"}}
    write("requests.ndjson", request, request, {"productOrder": {"id": "NOWHERE"}})
    (folder / "broken.gz").write_bytes(b"\x1f\x8b\x08\x00")
    (folder / "targets.toml").write_text('[targets.crm]\nurl = "http://127.0.0.1:9"\n')
    (folder / "ordercli.toml").write_text('[validation]\nreference = "off"\n')


@pytest.fixture
def ordercli(world: Path, ordercli: Ordercli) -> Ordercli:
    """The command in a copy of the world."""
    shutil.copytree(world, ordercli.folder, dirs_exist_ok=True)
    return ordercli


def batch_of(ordercli: Ordercli) -> str:
    """The batch that was stopped by its limit of rejects."""
    return ordercli("batch", "list", "--limit", "1", "-o", "id").stdout.strip()


def documents(text: str) -> list[Any]:
    """The documents in an output: one object, an array of them, or one a line."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]
    return found if isinstance(found, list) else [found]


def faults(name: str, document: Any) -> list[str]:
    """What does not keep to the schema."""
    validator = Draft202012Validator(schema(name))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


@pytest.mark.parametrize(("name", "words"), PRINTED, ids=[words for _, words in PRINTED])
def test_what_a_command_prints_keeps_to_its_schema(name: str, words: str, ordercli: Ordercli) -> None:
    batch = batch_of(ordercli) if "{batch}" in words else ""

    result = ordercli(*shlex.split(words.format(batch=batch)))

    text = result.stderr if name == "error" else result.stdout
    found = documents(text)
    assert found
    assert [faults(name, document) for document in found] == [[] for _ in found], text


def test_what_a_command_writes_keeps_to_its_schema(ordercli: Ordercli) -> None:
    accepted = documents((ordercli.folder / "accepted.ndjson").read_text())
    rejects = documents((ordercli.folder / "new.ndjson.rejects.ndjson").read_text())

    ordercli("submit", "new.ndjson", "--rejects", "all.rejects.ndjson")
    more = documents((ordercli.folder / "all.rejects.ndjson").read_text())

    assert len(accepted) == 10
    assert [faults("accepted", each) for each in accepted] == [[]] * 10
    assert [faults("reject", each) for each in (*rejects, *more)] == [[]] * (len(rejects) + len(more))
    assert {"order" in each for each in more} == {True, False}


def test_the_rejects_of_reference_data_keep_to_their_schema(ordercli: Ordercli) -> None:
    Path("records.ndjson").write_text('{"@type": "Custommer", "id": "1"}\n{"@type": "Customer"}\n{"@type":\n')

    ordercli("reference", "import", "records.ndjson")

    rejects = documents(Path("records.ndjson.rejects.ndjson").read_text())
    assert [faults("record-reject", each) for each in rejects] == [[]] * 3


def test_what_is_read_beside_orders_keeps_to_its_schema(ordercli: Ordercli) -> None:
    expectation = {"findings": [{"code": "ORD104", "pointer": "/productOrderItem/0/action"}]}
    requests = documents((ordercli.folder / "requests.ndjson").read_text())

    assert faults("expectation", expectation) == []
    assert [faults("cancel-request", each) for each in requests[:2]] == [[], []]
    assert faults("cancel-request", requests[2]) == ["$: 'cancellationReason' is a required property"]
    in_v5 = {"@type": "CancelProductOrder", "productOrder": {"@type": "ProductOrderRef", "id": "0" * 32}}
    assert faults("cancel-request-v5", in_v5) == []
    assert faults("cancel-request-v5", in_v5 | {"@type": "CancelProductorder"}) != []
    of_service = {"cancellationReason": "twice", "serviceOrder": {"id": "SO-1"}}
    assert faults("service-cancel-request", of_service) == []
    assert faults("service-cancel-request", requests[0]) == ["$: 'serviceOrder' is a required property"]
    assert faults("cancel-request", of_service) == ["$: 'productOrder' is a required property"]


@pytest.mark.parametrize("state", ["fulfilled", "error", "pending"])
def test_a_report_of_fulfilment_keeps_to_its_schema(state: str) -> None:
    report = {"externalId": "SO-1", "serviceOrderItem": [{"id": "10", "state": state}]}

    assert faults("fulfilment-report", report) == []
    wrong: Json
    for wrong in ({"externalId": ""}, {"serviceOrderItem": []}, {"serviceOrderItem": [{"id": "10", "state": "done"}]}):
        assert len(faults("fulfilment-report", report | wrong)) == 1


def test_patches_keep_to_their_schemas() -> None:
    operations: list[Any] = [
        {"op": "test", "path": "", "value": {}},
        {"op": "move", "path": "/a", "from": "/b"},
        {"op": "remove", "path": "/a"},
    ]

    assert faults("json-patch", operations) == []
    assert faults("patch-request", {"id": "PO-1", "patch": operations}) == []
    assert faults("patch-request", {"id": "PO-1", "description": "new"}) == []
    for wrong in ({"op": "merge", "path": ""}, {"op": "add", "path": "/a"}, {"op": "remove", "path": "a"}, 1):
        assert len(faults("json-patch", [wrong])) == 1
        assert len(faults("patch-request", {"id": "PO-1", "patch": [wrong]})) == 1


def test_a_faulty_database_is_reported_by_the_schema(ordercli: Ordercli) -> None:
    fault = {"check": "integrity", "orderId": None, "message": "row 7 missing from index", "remedy": "restore"}

    assert ordercli("db", "check", "-o", "ndjson").exit_code in {0, 1}
    assert faults("fault", fault) == []


def test_every_schema_is_shown_to_hold() -> None:
    tried = {name for name, _ in PRINTED} | {"accepted", "expectation", "cancel-request", "cancel-request-v5", "fault"}
    tried |= {"record-reject", "json-patch", "patch-request", "service-cancel-request", "fulfilment-report"}

    of_profiles = {f"order-{name}" for name in PROFILES} | {f"service-order-{name}" for name in SERVICE_ORDER.profiles}
    assert len(SCHEMAS) == len({each.name for each in SCHEMAS})
    assert {each.name for each in SCHEMAS} == tried | of_profiles | {
        "order-servicenow-current",
        "order-tmf622",
        "quote",
    }


def test_quotes_keep_to_their_schema() -> None:
    samples = [json.loads(each) for each in (SAMPLES / "quotes.ndjson").read_bytes().splitlines()]

    assert [faults("quote", each) for each in (GOOD_QUOTE, *samples)] == [[]] * (len(samples) + 1)
    assert faults("quote", GOOD_QUOTE | {"state": "open"}) != []
    assert faults("quote", GOOD_QUOTE | {"quoteItem": []}) == ["$.quoteItem: [] should be non-empty"]


def leaves(command: Any, path: str = "") -> Iterator[str]:
    if not hasattr(command, "list_commands"):
        yield path
        return
    context = typer.Context(command)
    for name in command.list_commands(context):
        yield from leaves(command.resolve_command(context, [name])[1], f"{path} {name}".strip())


def test_every_command_has_a_schema() -> None:
    described = tuple(f"{used} " for each in SCHEMAS for used in each.used_by.split(", "))

    paths = leaves(typer.main.get_command(app))

    assert [path for path in paths if not any(each.startswith(f"{path} ") for each in described)] == []


@pytest.mark.parametrize("name", [each.name for each in SCHEMAS])
def test_a_schema_is_one(name: str, ordercli: Ordercli) -> None:
    printed = ordercli("schema", name)

    Draft202012Validator.check_schema(printed.json)
    assert (printed.json["$schema"], printed.json["title"]) == ("https://json-schema.org/draft/2020-12/schema", name)
    assert len(printed.json["description"]) > len(name)


@pytest.mark.parametrize("result", [each.shape for each in SCHEMAS if is_result(each.shape)])
def test_every_column_of_a_result_is_a_member(result: type[Result]) -> None:
    members = result.__struct_encode_fields__

    assert [column for column in result.columns if column not in members] == []


def test_an_unknown_schema_is_not_found_and_the_nearest_named(ordercli: Ordercli) -> None:
    result = ordercli("schema", "recipt")

    assert (result.stdout, result.stderr, result.exit_code) == (
        "",
        "error: there is no schema 'recipt'\n  hint: did you mean receipt?\n",
        3,
    )


def test_the_schemas_of_one_kind_are_listed_and_those_of_the_other_not_found(ordercli: Ordercli) -> None:
    every = ordercli("schema", "-o", "id").stdout.split()
    of = {kind: ordercli("schema", "--resource", kind, "-o", "id").stdout.split() for kind in RESOURCES}

    assert every == [each.name for each in SCHEMAS]
    assert {*of["productOrder"]} & {*of["serviceOrder"]} == {each.name for each in SCHEMAS if each.resource is None}
    assert {*of["productOrder"]} | {*of["serviceOrder"]} == {*every}
    assert {name for name in every if name not in of["productOrder"]} == {
        name for name in every if name.startswith("service-") or name == "fulfilment-report"
    }
    refused = ordercli("schema", "cancel-request", "--resource", "serviceOrder")
    message = "error: there is no schema 'cancel-request' of kind serviceOrder"
    hint = "  hint: did you mean service-cancel-request?"
    assert (refused.exit_code, refused.stderr) == (3, f"{message}\n{hint}\n")


# The schemas of orders, held against the rules of shape


_OF_SHAPE = (NOT_ONE_OF, OTHER_VERSION, REQUIRED_FIELD_MISSING, WRONG_TYPE)
SHAPE_CODES = {rule.code for rule in all_rules().values() if rule.missing or rule in _OF_SHAPE}
SERVICE_SHAPE_CODES = {
    rule.code
    for rule in SERVICE_ORDER.load_rulebook().rules
    if rule.missing or rule.code in {each.code for each in _OF_SHAPE}
}
# Not ORD112: it tells of parties that are missing, and of parties of which none can be the customer.
SERVICE_RULES = [
    rule for rule in SERVICE_ORDER.load_rulebook().rules if isinstance(rule.bad, dict) and rule.code != "ORD112"
]


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_a_good_order_keeps_to_the_schema(path: Path) -> None:
    assert faults("order-servicenow", json.loads(path.read_text("utf-8"))) == []


def test_a_good_order_of_the_current_form_keeps_to_its_schema_alone() -> None:
    order = json.loads((SAMPLES / "current" / "enterprise-sd-wan.json").read_text("utf-8"))

    assert faults("order-servicenow-current", order) == []
    assert faults("order-servicenow", order) != []


def test_a_good_order_of_the_standard_keeps_to_its_schema() -> None:
    order = json.loads((SAMPLES / "tmf622" / "standard.json").read_text("utf-8"))

    assert faults("order-tmf622-v4", order) == faults("order-tmf622", order) == []
    assert faults("order-tmf622-v5", as_v5(order)) == []


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("tmf641/*.json")), ids=lambda path: path.name)
def test_a_good_service_order_of_the_standard_keeps_to_its_schema(path: Path) -> None:
    assert faults("service-order-tmf641", json.loads(path.read_text("utf-8"))) == []


def test_the_sample_service_orders_keep_to_their_schema() -> None:
    orders = documents((SAMPLES / "service-orders.ndjson").read_text("utf-8"))

    assert [found for order in orders if (found := faults("service-order-servicenow", order))] == []


@pytest.mark.parametrize("rule", SERVICE_RULES, ids=lambda rule: rule.code)
def test_the_schema_of_service_orders_refuses_what_the_rules_of_shape_refuse(rule: Any) -> None:
    document = service_example(rule.bad)
    found = {finding.code for finding in OrderValidator(resource=SERVICE_ORDER).validate(document).findings}

    assert bool(faults("service-order-servicenow", json.loads(document))) == bool(found & SERVICE_SHAPE_CODES)


def is_edit(example: Any) -> bool:
    return isinstance(example, dict)


IN_PROFILES = [
    (rule, profile)
    for rule in all_rules().values()
    for profile in PROFILES
    if (example_in_v5(rule) if profile == "tmf622-v5" else example_profile(rule) == "servicenow" and is_edit(rule.bad))
]


@pytest.mark.parametrize(("rule", "profile"), IN_PROFILES, ids=lambda each: getattr(each, "code", each))
def test_the_schema_refuses_what_the_rules_of_shape_refuse(rule: Any, profile: str) -> None:
    order = json.loads((example_in_v5(rule) or b"") if profile == "tmf622-v5" else example_document(rule.bad))
    if profile == "tmf622-v4":
        order = as_standard(order)

    found = {finding.code for finding in OrderValidator(profile).validate(encoded(order)).findings}

    assert bool(faults(f"order-{profile}", order)) == bool(found & SHAPE_CODES)


def as_standard(order: Json) -> Json:
    """The good order of the examples in the words of the standard."""
    for item in order.get("productOrderItem", []):
        place = item.get("product", {}).get("place")
        if place:
            item["product"]["place"] = [{**place, "role": "installation"}]
        for contact in item.get("product", {}).get("relatedParty", []):
            contact["id"] = "contact-88"
        if item.get("action") == "change":
            item["action"] = "modify"
    return order
