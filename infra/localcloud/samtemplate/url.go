package samtemplate

import "time"

// maxURLWait is how long a function URL waits: as long as any function may run.
const maxURLWait = maxTimeout * time.Second

func (i identity) urlID() string { return shortID(32, i.t.stackName, i.r.id, "url") }

func (i identity) functionURL() string {
	return "https://" + i.urlID() + ".lambda-url." + i.opts.Region + ".on.aws/"
}

// targetFunction is the ARN of the function that a URL belongs to.
func (i identity) targetFunction() string {
	name := i.property("TargetFunctionArn")
	if service(name) == "lambda" {
		return name
	}
	return i.arn("lambda", "function:"+name)
}

// readURL reads AWS::Lambda::Url.
func readURL(p *reader) {
	p.oneOf("InvokeMode", "BUFFERED")
	p.required("TargetFunctionArn")
	p.functionURL(p.identity(), p.identity().targetFunction(), "Cors")
}

// urlConfig reads a function's FunctionUrlConfig; SAM calls the URL's resource by
// the function's logical id and "Url".
func (p *reader) urlConfig(f Function) {
	c := p.inner("FunctionUrlConfig")
	if c == nil {
		return
	}
	c.oneOf("InvokeMode", "BUFFERED")
	id := identity{opts: p.t.load.opts, t: p.t, r: &resource{id: p.r.id + "Url"}}
	c.functionURL(id, f.ARN, "Cors")
	c.done()
}

func (p *reader) functionURL(id identity, function, cors string) {
	if p.required("AuthType") != "NONE" {
		p.fault(nil, "only function URLs with AuthType NONE are supported by the local cloud")
	}
	source := p.source()
	source.LogicalID = id.r.id
	p.t.load.stack.FunctionURLs = append(p.t.load.stack.FunctionURLs, API{
		Source: source, ID: id.urlID(), Stage: "$default", Authorizers: map[string]Authorizer{}, CORS: p.corsOf(cors),
		Routes: []Route{{Source: source, Key: "$default", FunctionARN: function, Timeout: maxURLWait}},
	})
}
