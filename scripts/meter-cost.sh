#!/usr/bin/env bash
# What the measuring costs: the server's CPU time for a delivery with the meters on and off, taken in turn.
# METER_COST_SERVERS, METER_COST_PAIRS and METER_COST_SECONDS set how many servers are started one after the other, how
# many pairs of blocks each has, and how long a block is.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

exec cargo bench --features ssr --bench meter_cost
