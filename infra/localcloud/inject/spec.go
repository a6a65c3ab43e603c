package inject

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rule is what goes wrong in one service or operation.
type rule struct {
	service   string // "*" for all
	operation string // "" for all
	chance    map[string]float64
	upTo      map[string]time.Duration
	units     int // hot; 0: no limit
}

var (
	services  = []string{"*", "dynamodb", "sqs", "lambda", "states", "s3", "kms", "scheduler", "secretsmanager", "ssm", "execute-api"}
	chances   = []string{"error", "apply-then-error", "throttle", "duplicate", "reorder", "kill", "conflict"}
	durations = []string{"delay", "lag"}
	// onlyIn are faults that make sense in some services only.
	onlyIn = map[string][]string{
		"duplicate": {"sqs", "states"}, "reorder": {"sqs"}, "kill": {"lambda"}, "lag": {"dynamodb"}, "conflict": {"dynamodb"}, "hot": {"dynamodb"},
	}
)

// parse reads a specification.
func parse(spec string) ([]rule, error) {
	var out []rule
	for _, part := range strings.Split(spec, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		target, list, ok := strings.Cut(part, ":")
		if !ok {
			return nil, fmt.Errorf("faults: %q is not SERVICE:FAULT=VALUE,…", part)
		}
		r := rule{chance: map[string]float64{}, upTo: map[string]time.Duration{}}
		r.service, r.operation, _ = strings.Cut(target, ".")
		if !slices.Contains(services, r.service) {
			return nil, fmt.Errorf("faults: there is no service %q; there are %s", r.service, strings.Join(services, ", "))
		}
		for _, setting := range strings.Split(list, ",") {
			if err := r.set(setting); err != nil {
				return nil, err
			}
		}
		out = append(out, r)
	}
	return out, nil
}

func (r *rule) set(setting string) error {
	name, v, _ := strings.Cut(strings.TrimSpace(setting), "=")
	if only := onlyIn[name]; only != nil && !slices.Contains(only, r.service) {
		return fmt.Errorf("faults: %s is possible only in %s", name, strings.Join(only, ", "))
	}
	switch {
	case slices.Contains(chances, name):
		p, err := strconv.ParseFloat(v, 64)
		if err != nil || p < 0 || p > 1 {
			return fmt.Errorf("faults: %s=%q is not a probability from 0 to 1", name, v)
		}
		r.chance[name] = p
	case slices.Contains(durations, name):
		d, err := time.ParseDuration(v)
		if err != nil || d < 0 {
			return fmt.Errorf("faults: %s=%q is not a duration", name, v)
		}
		r.upTo[name] = d
	case name == "hot":
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return fmt.Errorf("faults: hot=%q is not a number of write units a second", v)
		}
		r.units = n
	default:
		return fmt.Errorf("faults: there is no fault %q; there are %s, %s, hot", name, strings.Join(chances, ", "), strings.Join(durations, ", "))
	}
	return nil
}

func (r *rule) applies(service, operation string) bool {
	return (r.service == "*" || r.service == service) && (r.operation == "" || r.operation == operation)
}
