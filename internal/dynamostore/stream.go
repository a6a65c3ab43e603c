package dynamostore

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/search/feed"
)

// WorkflowEvents reads what records of the catalogue table's stream say of
// workflows, and of tenants that were erased. Records of anything else, which the
// event source's filter keeps away, say nothing.
func WorkflowEvents(records []events.DynamoDBEventRecord) ([]feed.Event, error) {
	var out []feed.Event
	for i := range records {
		e, ok, err := workflowEvent(&records[i])
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, e)
		}
	}
	return out, nil
}

func workflowEvent(r *events.DynamoDBEventRecord) (e feed.Event, ok bool, err error) {
	t, ofTenant := strings.CutPrefix(streamText(r.Change.Keys, attrPK), tenantPK(""))
	sk := streamText(r.Change.Keys, attrSK)
	e.Tenant = ident.Tenant(t)
	id, ofWorkflow := strings.CutPrefix(sk, workflowPrefix)
	gone := r.EventName == string(events.DynamoDBOperationTypeRemove)
	switch {
	case !ofTenant:
		return e, false, nil
	case sk == tenantKey(e.Tenant).sk:
		e.Erased = true
		return e, gone, nil
	case !ofWorkflow:
		return e, false, nil
	}
	e.Workflow, e.Deleted = ident.Workflow(id), gone
	if e.Before, err = versionIn(r.Change.OldImage); err != nil {
		return e, false, err
	}
	if gone {
		e.Version = e.Before
		return e, true, nil
	}
	e.Version, err = versionIn(r.Change.NewImage)
	return e, true, err
}

// versionIn is the current version in a workflow's head; 0 without an image.
func versionIn(image map[string]events.DynamoDBAttributeValue) (int, error) {
	if image == nil {
		return 0, nil
	}
	var head struct{ Version int }
	if err := json.Unmarshal([]byte(streamText(image, attrDoc)), &head); err != nil {
		return 0, fmt.Errorf("the image of a workflow in the stream: %w", err)
	}
	return head.Version, nil
}

func streamText(image map[string]events.DynamoDBAttributeValue, name string) string {
	if v, ok := image[name]; ok && v.DataType() == events.DataTypeString {
		return v.String()
	}
	return ""
}
