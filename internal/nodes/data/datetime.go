package data

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func dateTimeV2() node.Type {
	op := func(names ...any) map[string][]any { return map[string][]any{"operation": names} }
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.dateTime", Tool: true, Versions: []float64{2}, Name: "Date & Time",
			Description: "Makes, shifts, formats, rounds, compares dates or takes parts of them.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "getCurrentDate", Description: "addToDate, extractDate, formatDate, getCurrentDate, getTimeBetweenDates, roundDate or subtractFromDate."},
				{Name: "includeTime", Type: "boolean", Default: true, Description: "Whether the time is kept.", Show: op("getCurrentDate")},
				{Name: "magnitude", Type: "string", Default: "", Description: "The date to shift.", Show: op("addToDate", "subtractFromDate")},
				{Name: "timeUnit", Type: "options", Default: "days", Description: "The unit of the shift.", Show: op("addToDate", "subtractFromDate")},
				{Name: "duration", Type: "number", Default: 0.0, Description: "How far to shift.", Show: op("addToDate", "subtractFromDate")},
				{Name: "date", Type: "string", Default: "", Description: "The date.", Show: op("formatDate", "roundDate", "extractDate")},
				{Name: "format", Type: "options", Default: "MM/dd/yyyy", Description: "Luxon's tokens, or custom.", Show: op("formatDate")},
				{Name: "customFormat", Type: "string", Default: "", Description: "Luxon's tokens.", Show: op("formatDate")},
				{Name: "mode", Type: "options", Default: "roundDown", Description: "roundDown or roundUp.", Show: op("roundDate")},
				{Name: "toNearest", Type: "options", Default: "month", Description: "The unit to round down to.", Show: op("roundDate")},
				{Name: "to", Type: "options", Default: "month", Description: "The unit to round up to.", Show: op("roundDate")},
				{Name: "startDate", Type: "string", Default: "", Description: "The earlier date.", Show: op("getTimeBetweenDates")},
				{Name: "endDate", Type: "string", Default: "", Description: "The later date.", Show: op("getTimeBetweenDates")},
				{Name: "units", Type: "options", Default: []any{"day"}, Description: "The units of the difference.", Show: op("getTimeBetweenDates")},
				{Name: "part", Type: "options", Default: "month", Description: "The part to take.", Show: op("extractDate")},
				{Name: "outputFieldName", Type: "string", Default: "currentDate", Description: "The field that gets the result.", Show: op("getCurrentDate")},
				{Name: "outputFieldName", Type: "string", Default: "newDate", Description: "The field that gets the result.", Show: op("addToDate", "subtractFromDate")},
				{Name: "outputFieldName", Type: "string", Default: "formattedDate", Description: "The field that gets the result.", Show: op("formatDate")},
				{Name: "outputFieldName", Type: "string", Default: "roundedDate", Description: "The field that gets the result.", Show: op("roundDate")},
				{Name: "outputFieldName", Type: "string", Default: "timeDifference", Description: "The field that gets the result.", Show: op("getTimeBetweenDates")},
				{Name: "outputFieldName", Type: "string", Default: "datePart", Description: "The field that gets the result.", Show: op("extractDate")},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "includeInputFields, timezone, fromFormat, isoString."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			return one(c.EachOr(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
				d := dater{c: c, r: r}
				v, err := d.run()
				if err == nil {
					err = r.Err()
				}
				if err != nil {
					return nil, err
				}
				out := derived(r.Item(), value.NewObject(1))
				if node.Truthy(option(c.At(0), "includeInputFields")) {
					out.JSON, out.Binary = it.JSON.Shallow(), it.Binary
				}
				if v != undefined {
					out.JSON.Set(r.String("outputFieldName", "newDate"), v)
				}
				return []workflow.Item{out}, nil
			}, func(_ int, err error) []workflow.Item { return []workflow.Item{node.UnpairedError(err)} }))
		},
	}
}

// dater computes one date. Luxon itself does the work, as in expressions.
type dater struct {
	c *node.Call
	r *node.Reader
}

// quote writes text as a JavaScript literal that cannot end a template.
func quote(v any) string {
	return strings.NewReplacer("}", `\u007d`, "{", `\u007b`).Replace(string(value.JSON(v)))
}

func (d dater) evaluate(script string) (any, error) {
	v, _, err := d.c.Evaluate("{{ "+script+" }}", d.r.Item())
	return v, err
}

func (d dater) run() (any, error) {
	zone := d.c.Run.Timezone
	switch op := d.r.String("operation", "getCurrentDate"); op {
	case "getCurrentDate":
		if z := node.Text(option(d.r, "timezone")); z != "" {
			zone = z
		}
		if _, ok := moment.Zone(zone); !ok {
			return nil, node.Errorf("The timezone %s is not valid. Please check the timezone.", zone)
		}
		start := ""
		if !d.r.Bool("includeTime", true) {
			start = ".startOf('day')"
		}
		return d.evaluate("DateTime.now().setZone(" + quote(zone) + ")" + start + ".toString()")
	case "addToDate", "subtractFromDate":
		method := map[string]string{"addToDate": "plus", "subtractFromDate": "minus"}[op]
		shift := value.Obj(d.r.String("timeUnit", "days"), d.r.Number("duration", 0))
		return d.with("magnitude", zone, "."+method+"(JSON.parse("+quote(string(value.JSON(shift)))+")).toString()")
	case "formatDate":
		return d.format(zone)
	case "roundDate":
		if d.r.String("mode", "roundDown") == "roundDown" {
			return d.with("date", zone, ".startOf("+quote(d.r.String("toNearest", "month"))+").toString()")
		}
		to := quote(d.r.String("to", "month"))
		return d.with("date", zone, ".plus({ ["+to+"]: 1 }).startOf("+to+").toString()")
	case "getTimeBetweenDates":
		return d.between(zone)
	case "extractDate":
		part := d.r.String("part", "month")
		if part == "week" {
			part = "weekNumber"
		}
		return d.with("date", zone, ".get("+quote(part)+")")
	default:
		return nil, node.Errorf("The operation %q of Date & Time is not known.", op)
	}
}

// with parses a parameter and goes on with a method chain.
func (d dater) with(name, zone, chain string) (any, error) {
	script, err := d.parseParam(name, zone)
	if err != nil {
		return nil, err
	}
	return d.evaluate(script + chain)
}

func (d dater) format(zone string) (any, error) {
	date, given, err := d.c.ParamDefined("date", d.r.Item())
	if err != nil || !given {
		return undefined, err
	}
	layout := d.r.String("format", "MM/dd/yyyy")
	if date == nil {
		return nil, nil
	}
	if layout == "custom" {
		layout = d.r.String("customFormat", "")
	}
	if !node.Truthy(option(d.r, "timezone")) {
		zone = ""
	}
	script, err := d.parse(date, zone, node.Text(option(d.r, "fromFormat")))
	if err != nil {
		return nil, err
	}
	return d.evaluate(script + ".toFormat(" + quote(layout) + ")")
}

func (d dater) between(zone string) (any, error) {
	start, err := d.parseParam("startDate", zone)
	if err != nil {
		return nil, err
	}
	end, err := d.parseParam("endDate", zone)
	if err != nil {
		return nil, err
	}
	method := "toObject"
	if node.Truthy(option(d.r, "isoString")) {
		method = "toString"
	}
	return d.evaluate(end + ".diff(" + start + ", JSON.parse(" + quote(string(value.JSON(d.r.Value("units")))) + "))." + method + "()")
}

// parseParam parses a parameter. What its expression does not find is the present,
// as it is to the library that n8n asks: a workflow that has never run has no date yet.
func (d dater) parseParam(name, zone string) (string, error) {
	v, given, err := d.c.ParamDefined(name, d.r.Item())
	if err != nil {
		return "", err
	}
	if o, isObject := v.(*value.Object); !given || isObject && o.Len() == 0 {
		return "DateTime.now().setZone(" + quote(zone) + ")", nil
	}
	return d.parse(v, zone, "")
}

// parse gives the script that makes a Luxon date of a value: numbers are
// seconds, or milliseconds if they have twelve digits.
func (d dater) parse(v any, zone, layout string) (string, error) {
	text := node.JSString(v)
	n := node.ToNumber(v)
	isNumber := !math.IsNaN(n) && layout == ""
	if isNumber && n != math.Trunc(n) {
		n *= 1000
	}
	script := ""
	switch {
	case isNumber && n == math.Trunc(n) && len(strconv.FormatFloat(n, 'f', -1, 64)) < 12:
		script = "DateTime.fromSeconds(" + quote(n) + ")"
	case isNumber:
		script = "DateTime.fromMillis(" + quote(math.Trunc(n)) + ")"
	default:
		if _, after, plus := strings.Cut(text, "+"); plus && zone == "" && len(after) >= 2 {
			zone = "Etc/GMT-" + strconv.Itoa(int(node.ToNumber(after[:2])))
		}
		if layout != "" {
			script = "DateTime.fromFormat(" + quote(text) + ", " + quote(layout) + ")"
			break
		}
		t, ok := moment.Parse(text, localZone)
		if !ok {
			return "", node.Errorf("Invalid date format")
		}
		script = "DateTime.fromISO(" + quote(moment.JS(t)) + ")"
	}
	if zone == "" {
		zone = "Etc/UTC"
	}
	script += ".setZone(" + quote(zone) + ")"
	if valid, err := d.evaluate(script + ".isValid"); err != nil || valid != true {
		return "", node.Errorf("Invalid date format")
	}
	return script, nil
}
