package data

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// errInvalidDate is a date that does not fit its format.
var errInvalidDate = errors.New("invalid date")

// localZone is the zone of dates that name none where n8n takes its server's.
var localZone = time.UTC

func dateTimeV1() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.dateTime", Versions: []float64{1}, Name: "Date & Time",
			Description: "Formats or shifts dates (old workflows).",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "action", Type: "options", Default: "format", Description: "format or calculate."},
				{Name: "value", Type: "string", Default: "", Description: "The date."},
				{Name: "dataPropertyName", Type: "string", Default: "data", Description: "The field that gets the result."},
				{Name: "toFormat", Type: "string", Default: "MM/DD/YYYY", Description: "Moment's tokens.", Show: map[string][]any{"action": {"format"}}},
				{Name: "operation", Type: "options", Default: "add", Description: "add or subtract.", Show: map[string][]any{"action": {"calculate"}}},
				{Name: "duration", Type: "number", Default: 0.0, Description: "How far to shift.", Show: map[string][]any{"action": {"calculate"}}},
				{Name: "timeUnit", Type: "options", Default: "days", Description: "The unit of the shift.", Show: map[string][]any{"action": {"calculate"}}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "fromFormat, fromTimezone, toTimezone."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			action := c.At(0).String("action", "format")
			return one(c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
				v := r.Value("value")
				if action == "format" && v == nil && r.Err() == nil {
					return nil, nil
				}
				s, err := dateV1(c, r, v, action)
				if err == nil {
					err = r.Err()
				}
				if err != nil {
					return nil, err
				}
				return withField(r.Item(), it, r.String("dataPropertyName", "data"), s), nil
			}))
		},
	}
}

func dateV1(c *node.Call, r *node.Reader, v any, action string) (string, error) {
	switch action {
	case "format":
		t, err := readV1(c, r, v)
		if errors.Is(err, errInvalidDate) {
			return "Invalid date", nil // what Moment writes
		}
		if err != nil {
			return "", err
		}
		return moment.Format(t, r.String("toFormat", "MM/DD/YYYY")), nil
	case "calculate":
		t, err := calculatedFrom(r, v)
		if err != nil {
			return "", err
		}
		n := r.Number("duration", 0)
		if r.String("operation", "add") != "add" {
			n = -n
		}
		t, ok := moment.Add(t, n, r.String("timeUnit", "days"))
		if !ok {
			return "", node.Errorf("The time unit %q is not known.", r.String("timeUnit", "days"))
		}
		return moment.JS(t), nil
	}
	return "", node.Errorf("The action %q of Date & Time is not known.", action)
}

// readV1 reads the date to format and puts it in its zone.
func readV1(c *node.Call, r *node.Reader, v any) (time.Time, error) {
	from, to := node.Text(option(r, "fromTimezone")), node.Text(option(r, "toTimezone"))
	layout := node.Text(option(r, "fromFormat"))
	zone := localZone
	if from != "" || to != "" {
		name := from
		if name == "" {
			name = c.Run.Timezone
		}
		loc, ok := moment.Zone(name)
		if !ok {
			return time.Time{}, node.Errorf("The timezone %s is not valid. Please check the timezone.", name)
		}
		zone = loc
	}
	t, ok := stamp(v)
	if !ok {
		if t, ok = parseV1(node.JSString(v), layout, zone); !ok && layout != "" {
			return t, errInvalidDate
		} else if !ok {
			return t, node.Errorf("The date input format could not be recognized. Please set the \"From Format\" field")
		}
	}
	if from == "" && to == "" {
		return t.In(localZone), nil
	}
	if to == "" {
		to = c.Run.Timezone
	}
	loc, ok := moment.Zone(to)
	if !ok {
		return t, node.Errorf("The timezone %s is not valid. Please check the timezone.", to)
	}
	return t.In(loc), nil
}

func parseV1(text, layout string, zone *time.Location) (time.Time, bool) {
	if layout != "" {
		return moment.ParseFormat(text, layout, zone)
	}
	return moment.Parse(text, zone)
}

// stamp reads numbers: seconds, or milliseconds if they have twelve digits.
func stamp(v any) (time.Time, bool) {
	n := node.ToNumber(v)
	if math.IsNaN(n) || v == "" {
		return time.Time{}, false
	}
	if n != math.Trunc(n) {
		n *= 1000
	}
	if len(strconv.FormatFloat(n, 'f', -1, 64)) < 12 {
		n *= 1000
	}
	return moment.FromMillis(n, localZone)
}

// calculatedFrom reads the date to shift.
func calculatedFrom(r *node.Reader, v any) (time.Time, error) {
	if layout := node.Text(option(r, "fromFormat")); layout != "" {
		if t, ok := moment.ParseFormat(node.JSString(v), layout, localZone); ok {
			return t, nil
		}
		return time.Time{}, node.Errorf("The date input format could not be recognized. Please set the \"From Format\" field")
	}
	if n, ok := v.(float64); ok {
		if t, ok := moment.FromMillis(n, localZone); ok {
			return t, nil
		}
	}
	if t, ok := moment.ParseJS(strings.TrimSpace(node.JSString(v))); ok {
		return t, nil
	}
	return time.Time{}, node.Errorf("Unrecognized date input. Please specify a format in the \"From Format\" field.")
}
