package eventsource

import (
	"bytes"
	"encoding/json"
	"slices"
)

// itemFailures reads a report of batch item failures. It is not ok, and the whole
// batch has failed, if the response is no JSON, names an item that was not in the
// batch, an empty one, or uses another key (Lambda, reporting batch item failures).
// An empty response, null, {} and an empty list mean success.
func itemFailures(response []byte, ids []string) (failed map[string]bool, ok bool) {
	response = bytes.TrimSpace(response)
	if len(response) == 0 || string(response) == "null" || string(response) == "{}" || string(response) == `""` {
		return nil, true
	}
	var report struct {
		Failures *[]map[string]any `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(response, &report); err != nil {
		return nil, false
	}
	if report.Failures == nil {
		return nil, true
	}
	failed = map[string]bool{}
	for _, item := range *report.Failures {
		id, isText := item["itemIdentifier"].(string)
		if !isText || !slices.Contains(ids, id) {
			return nil, false
		}
		failed[id] = true
	}
	return failed, true
}
