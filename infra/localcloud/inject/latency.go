package inject

import (
	"fmt"
	"time"
)

// Latency is how long calls take: a middle and a spread, in milliseconds, for each
// service, and for operations that differ from the rest of theirs.
type Latency map[string]span

type span struct{ low, high time.Duration }

func ms(low, high int) span {
	return span{time.Duration(low) * time.Millisecond, time.Duration(high) * time.Millisecond}
}

// awsLatency is about what callers in the same region see between the median and
// the 90th percentile.
var awsLatency = Latency{
	"dynamodb":                    ms(3, 8),
	"dynamodb.UpdateItem":         ms(4, 10),
	"dynamodb.PutItem":            ms(4, 10),
	"dynamodb.TransactWriteItems": ms(12, 25),
	"sqs":                         ms(6, 15),
	"lambda":                      ms(8, 20),
	"states":                      ms(15, 40),
	"s3":                          ms(15, 50),
	"kms":                         ms(4, 12),
	"scheduler":                   ms(20, 60),
	"secretsmanager":              ms(10, 30),
	"ssm":                         ms(10, 30),
	"execute-api":                 ms(5, 15),
}

// NewLatency returns the profile of a name: "none" or "aws".
func NewLatency(name string) (Latency, error) {
	switch name {
	case "", "none":
		return nil, nil
	case "aws":
		return awsLatency, nil
	}
	return nil, fmt.Errorf("there is no latency profile %q; there are none and aws", name)
}

// Of returns how long a call takes, where u in [0, 1) says how unlucky it is.
func (l Latency) Of(service, operation string, u float64) time.Duration {
	s, ok := l[service+"."+operation]
	if !ok {
		s = l[service]
	}
	return s.low + time.Duration(float64(s.high-s.low)*u)
}
