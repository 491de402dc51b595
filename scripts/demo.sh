#!/bin/sh
# The main job in a database of its own: load reference data, submit the samples asynchronously, run the queue, list and
# show orders, fulfil a service order, turn quotes into orders; then an order with a fault.
set -eu
ordercli=$1
folder=$(mktemp -d "${TMPDIR:-/tmp}/ordercli-demo.XXXXXX")
export ORDERCLI_DATABASE="$folder/orders.db"

say() {
    printf '\n\033[36m# %s\033[0m\n' "$*"
}

step() {
    printf '\033[1m$ ordercli %s\033[0m\n' "$*"
    "$ordercli" "$@"
}

say 'What orders may point at: offerings, specifications, customers, places ...'
step reference import samples/reference.ndjson -o json

say 'Product orders and service orders are checked and put in the inbound queue (202); a queue run creates them.'
step submit samples/orders.ndjson samples/service-orders.ndjson --async -o json
step queue status -o json
step queue run -o json

say 'The customer orders that are there now, and one of them.'
step list --limit 5 -o table
step show "$("$ordercli" list --limit 1 -o id --quiet)" -o json | head -n 25

say 'A service order, after what fulfils it has reported that its line items are done.'
printf '{"externalId": "MBS-2026-0003", "serviceOrderItem": [%s, %s]}\n' \
    '{"id": "1", "state": "fulfilled"}' '{"id": "2", "state": "fulfilled"}' > "$folder/reports.ndjson"
step fulfil "$folder/reports.ndjson" -o ndjson
step show MBS-2026-0003 -o json | head -n 40

say 'Quotes that customers have accepted become orders, too.'
step quote convert samples/quotes.ndjson --to "$folder/quoted.ndjson"
step submit "$folder/quoted.ndjson" --profile tmf622 -o json
step show quote:QT-FIB-2026-0302:1 -o json | head -n 25

say 'An order with a fault: what is wrong, where, and what helps. The exit code is 1.'
awk '!done && sub(/"action": "add"/, "\"action\": \"ad\"") { done = 1 } { print }' \
    samples/home-fibre-bundle.json > "$folder/order.json"
step validate "$folder/order.json" || [ $? -eq 1 ]

printf '\nThe database of this demo: %s\n' "$ORDERCLI_DATABASE"
