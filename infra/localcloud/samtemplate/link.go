package samtemplate

import "slices"

// link joins what is spread over resources, routes to their APIs, and checks that
// everything that is named exists.
func (l *loader) link() {
	s := l.stack
	for _, c := range l.choices {
		l.attach(c)
	}
	l.linkRaw()
	functions := map[string]Function{}
	for _, f := range s.Functions {
		functions[f.ARN] = f
	}
	targets := map[string]bool{}
	for _, f := range s.Functions {
		targets[f.ARN] = true
	}
	queues := map[string]Queue{}
	for _, q := range s.Queues {
		queues[q.ARN], targets[q.ARN] = q, true
	}
	for _, m := range s.StateMachines {
		targets[m.ARN] = true
	}
	streams := map[string]bool{}
	for _, t := range s.Tables {
		streams[t.StreamARN] = t.StreamARN != ""
	}
	l.checkSources(functions, queues, streams)
	for _, q := range s.Queues {
		l.need(q.DeadLetterARN == "" || queues[q.DeadLetterARN].ARN != "", q.Source, "dead-letter queue", q.DeadLetterARN)
	}
	for _, sch := range s.Schedules {
		l.need(targets[sch.TargetARN], sch.Source, "target", sch.TargetARN)
		l.need(sch.DeadLetterARN == "" || queues[sch.DeadLetterARN].ARN != "", sch.Source, "dead-letter queue", sch.DeadLetterARN)
		known := slices.ContainsFunc(s.ScheduleGroups, func(g ScheduleGroup) bool { return g.Name == sch.Group })
		l.need(sch.Group == "default" || known, sch.Source, "schedule group", sch.Group)
	}
	for _, api := range slices.Concat(s.HTTPAPIs, s.WebSocketAPIs, s.FunctionURLs) {
		l.checkAPI(api, functions)
	}
}

func (l *loader) need(ok bool, s Source, what, name string) {
	if !ok {
		l.faults.add(s.At, "%s: there is no %s %s", s.LogicalID, what, name)
	}
}

// checkSources also refuses what Lambda refuses: a queue whose visibility timeout
// is shorter than the function's. (AWS recommends six times; this project's rule
// is six times, so less is refused.)
func (l *loader) checkSources(functions map[string]Function, queues map[string]Queue, streams map[string]bool) {
	for _, es := range l.stack.EventSources {
		f, ok := functions[es.FunctionARN]
		l.need(ok, es.Source, "function", es.FunctionARN)
		l.need(es.OnFailureARN == "" || queues[es.OnFailureARN].ARN != "", es.Source, "queue", es.OnFailureARN)
		if service(es.SourceARN) != "sqs" {
			l.need(streams[es.SourceARN], es.Source, "stream", es.SourceARN)
			continue
		}
		q, ok := queues[es.SourceARN]
		l.need(ok, es.Source, "queue", es.SourceARN)
		if ok && q.VisibilityTimeout < 6*f.Timeout {
			l.faults.add(es.At, "%s: the visibility timeout of the queue %s (%s) is shorter than 6 times the function's timeout (%s)",
				es.LogicalID, q.Name, q.VisibilityTimeout, f.Timeout)
		}
	}
}

func (l *loader) checkAPI(api API, functions map[string]Function) {
	seen := map[string]bool{}
	for _, r := range api.Routes {
		l.need(functions[r.FunctionARN].ARN != "", r.Source, "function", r.FunctionARN)
		if r.Authorizer != "" {
			_, ok := api.Authorizers[r.Authorizer]
			l.need(ok, r.Source, "authorizer", r.Authorizer)
		}
		if seen[r.Key] {
			l.faults.add(r.At, "%s: the API %s has the route %s twice", r.LogicalID, api.LogicalID, r.Key)
		}
		seen[r.Key] = true
	}
	for _, a := range api.Authorizers {
		l.need(functions[a.FunctionARN].ARN != "", a.Source, "function", a.FunctionARN)
	}
}

// api finds an API by its id; nil if there is none.
func (l *loader) api(id string) *API {
	for _, apis := range [][]API{l.stack.HTTPAPIs, l.stack.WebSocketAPIs} {
		for i := range apis {
			if apis[i].ID == id {
				return &apis[i]
			}
		}
	}
	return nil
}

func (l *loader) attach(c authorizerChoice) {
	api := l.api(c.api)
	if api == nil {
		l.need(false, c.route.Source, "API", c.api)
		return
	}
	c.route.Authorizer = c.authorizer
	if c.authorizer == "" {
		c.route.Authorizer = l.defaults[c.api]
	}
	if c.authorizer == "NONE" {
		c.route.Authorizer = ""
	}
	api.Routes = append(api.Routes, c.route)
}

func (l *loader) linkRaw() {
	parts := l.parts()
	for id, stage := range parts.stages {
		if api := l.api(id); api != nil {
			api.Stage = stage
		}
	}
	for id, a := range parts.authorizers {
		api := l.api(a.api)
		if api == nil {
			l.need(false, a.authorizer.Source, "API", a.api)
			continue
		}
		api.Authorizers[id] = a.authorizer
	}
	for _, r := range parts.routes {
		api, target := l.api(r.api), parts.integrations[r.target]
		l.need(api != nil, r.route.Source, "API", r.api)
		l.need(target.function != "", r.route.Source, "integration", r.target)
		if api != nil {
			r.route.FunctionARN, r.route.Timeout, r.route.Authorizer = target.function, target.timeout, r.authorizer
			api.Routes = append(api.Routes, r.route)
		}
	}
}
