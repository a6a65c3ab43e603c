package samtemplate

import (
	"encoding/json"
	"time"
)

// functionEvents reads the Events of a function: what calls it.
func (p *reader) functionEvents(f Function) {
	p.each("Events", func(name string, e *reader) {
		typ := e.required("Type")
		inner := e.inner("Properties")
		if inner == nil {
			inner = p.t.reader(p.r, nil, e.where)
		}
		inner.event(name, typ, f.ARN)
		inner.done()
	})
}

func (p *reader) event(name, typ, target string) {
	switch typ {
	case "HttpApi":
		p.httpEvent(target)
	case "SQS":
		es := p.eventSource(name, target)
		es.SourceARN = p.required("Queue")
		p.queueSource(&es)
		p.addEventSource(es)
	case "DynamoDB":
		es := p.eventSource(name, target)
		es.SourceARN = p.required("Stream")
		p.streamSource(&es)
		p.addEventSource(es)
	case "Schedule", "ScheduleV2":
		p.scheduleEvent(name, typ, target)
	default:
		p.fault(nil, "events of type %s are not supported by the local cloud", typ)
	}
}

func (p *reader) eventSource(name, target string) EventSource {
	id := identity{opts: p.t.load.opts, t: p.t, r: &resource{id: p.r.id + name}}
	return EventSource{Source: p.source(), ID: id.uuid(), FunctionARN: target}
}

func (p *reader) addEventSource(es EventSource) {
	p.t.load.stack.EventSources = append(p.t.load.stack.EventSources, es)
}

// batching reads what queue and stream sources have in common.
func (p *reader) batching(es *EventSource, batch, most int) {
	p.inert("Tags", "KmsKeyArn", "MetricsConfig", "LoggingConfig")
	es.Enabled = p.oneOf("Enabled", "true", "false") == "true"
	es.BatchSize = p.number("BatchSize", batch, 1, most)
	es.Window = p.seconds("MaximumBatchingWindowInSeconds", 0, 0, 300)
	for _, v := range p.texts("FunctionResponseTypes") {
		if v != "ReportBatchItemFailures" {
			p.fault(nil, "FunctionResponseTypes has no %s", v)
		}
		es.ReportsItems = true
	}
	if criteria := p.inner("FilterCriteria"); criteria != nil {
		criteria.items("Filters", func(f *reader) {
			pattern := f.required("Pattern")
			if !json.Valid([]byte(pattern)) {
				f.fault(nil, "the pattern is not JSON")
				return
			}
			es.Filters = append(es.Filters, json.RawMessage(pattern))
		})
		criteria.done()
	}
}

func (p *reader) queueSource(es *EventSource) {
	p.batching(es, 10, 10000)
	if scaling := p.inner("ScalingConfig"); scaling != nil {
		es.MaximumConcurrency = scaling.number("MaximumConcurrency", 0, 2, 1000)
		scaling.done()
	}
	if es.BatchSize > 10 && es.Window < time.Second {
		p.fault(nil, "a BatchSize above 10 needs a MaximumBatchingWindowInSeconds of at least 1")
	}
}

func (p *reader) streamSource(es *EventSource) {
	p.batching(es, 100, 10000)
	es.StartingPosition = p.oneOf("StartingPosition", "", "LATEST", "TRIM_HORIZON")
	if es.StartingPosition == "" {
		p.fault(nil, "StartingPosition is missing")
	}
	es.BisectOnError = p.flag("BisectBatchOnFunctionError")
	es.MaximumRetries = p.number("MaximumRetryAttempts", -1, -1, 10000)
	es.MaximumAge = p.seconds("MaximumRecordAgeInSeconds", -1, -1, 604800)
	es.Parallelization = p.number("ParallelizationFactor", 1, 1, 10)
	if dest := p.inner("DestinationConfig"); dest != nil {
		if failed := dest.inner("OnFailure"); failed != nil {
			failed.oneOf("Type", "SQS")
			es.OnFailureARN = failed.required("Destination")
			failed.done()
		}
		dest.done()
	}
}

func readEventSourceMapping(p *reader) {
	es := p.eventSource("", p.functionRef("FunctionName"))
	es.SourceARN = p.required("EventSourceArn")
	if service(es.SourceARN) == "sqs" {
		p.queueSource(&es)
	} else {
		p.streamSource(&es)
	}
	p.addEventSource(es)
}
