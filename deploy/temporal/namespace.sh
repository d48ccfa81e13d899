#!/bin/sh
# Makes the namespace of proactive and the search attributes that its workflows set. May be run again. The address and the namespace
# come from TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.
set -eu
temporal operator namespace describe -n "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create -n "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
for name in IssueCode Provider IssueState; do
  for attempt in 1 2 3 4 5 6 7 8 9 10; do # a new namespace takes a few seconds to be known everywhere
    if temporal operator search-attribute create --name "$name" --type Keyword; then break; fi
    if [ "$attempt" = 10 ]; then exit 1; fi
    sleep 3
  done
done
