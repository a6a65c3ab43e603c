package connector

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// File is one connector as its JSON file has it. Head, the part before baseUrl,
// stands first in a file, so that the list of node types is made without reading
// the rest. The tags named doc end up in the JSON Schema.
type File struct {
	Head
	BaseURL      *Template   `json:"baseUrl,omitempty" doc:"Where paths begin, without a slash at the end."`
	Request      *Request    `json:"request,omitempty" doc:"What every request of the file has: headers, query, arrays."`
	Errors       []ErrorRule `json:"errors,omitempty" doc:"What answers mean, tried in order; an operation's own come first."`
	ErrorMessage []string    `json:"errorMessage,omitempty" doc:"Paths of the message in an error answer, the first that is there counts."`
	Define       Define      `json:"define,omitzero" doc:"Named parts."`
	Params       []ParamRef  `json:"params,omitempty" doc:"Parameters of every operation."`
	Resource     string      `json:"defaultResource,omitempty" doc:"The resource that is meant where the node does not say; the first, if absent."`
	Resources    []Resource  `json:"resources,omitempty" doc:"Groups of operations, chosen by the parameter resource."`
	Operations   []Operation `json:"operations,omitempty" doc:"Operations of a service without resources."`
	Chooser      string      `json:"operationParam,omitempty" doc:"The parameter that chooses the operation; operation, if absent."`
}

// Head is what the list of node types needs.
type Head struct {
	Schema      string    `json:"$schema,omitempty"`
	Type        string    `json:"type,omitempty" doc:"n8n's name of the node type."`
	Versions    []float64 `json:"versions,omitempty" doc:"n8n's typeVersions that the file serves, ascending."`
	Name        string    `json:"name,omitempty" doc:"Display name."`
	Description string    `json:"description,omitempty"`
	Docs        string    `json:"docs,omitempty" doc:"URL of the API reference."`
	Group       string    `json:"group,omitempty" doc:"output (default), input, transform, or trigger for one that polls."`
	Extend      []string  `json:"extend,omitempty" doc:"Names of files in data/common that give what this file leaves out."`
	Auth        Auth      `json:"auth,omitzero"`
	Part        []string  `json:"part,omitempty" doc:"The resources that the file serves of a type of which other code serves the rest; all, if absent."`
	AI          bool      `json:"ai,omitempty" doc:"Whether its requests call models: they run where such calls are counted, and say what they use."`
}

// Auth says which credential the node uses.
type Auth struct {
	Type     string            `json:"type,omitempty" doc:"The one credential type."`
	Param    string            `json:"param,omitempty" doc:"The parameter that chooses among types."`
	Default  string            `json:"default,omitempty" doc:"The value of that parameter where the node does not set it."`
	Types    map[string]string `json:"types,omitempty" doc:"Credential types by values of the parameter; an empty type means none."`
	Optional bool              `json:"optional,omitempty" doc:"Whether the node works without a credential."`
}

// Define holds named parts that others refer to.
type Define struct {
	Params map[string]OneOrMany[Param] `json:"params,omitempty" doc:"Referred to as \"@name\" in lists of parameters."`
	Values map[string]Template         `json:"values,omitempty" doc:"Referred to as {\"$use\": \"name\"} in templates."`
	Steps  map[string]OneOrMany[Step]  `json:"steps,omitempty" doc:"Referred to as \"@name\" in lists of steps."`
}

// Resource is a group of operations.
type Resource struct {
	Value       string      `json:"value"`
	Name        string      `json:"name"`
	Description string      `json:"description,omitempty"`
	Versions    Range       `json:"versions,omitempty"`
	Default     string      `json:"default,omitempty" doc:"The operation that is meant where the node does not say; the first, if absent."`
	Params      []ParamRef  `json:"params,omitempty" doc:"Parameters of all its operations."`
	Operations  []Operation `json:"operations"`
}

// Operation is one thing that the service can do.
type Operation struct {
	Value       string      `json:"value"`
	Name        string      `json:"name"`
	Description string      `json:"description,omitempty"`
	Docs        string      `json:"docs,omitempty" doc:"URL of the method's reference."`
	Versions    Range       `json:"versions,omitempty"`
	Default     bool        `json:"default,omitempty" doc:"Of a service without resources: the operation that is meant where the node does not say."`
	Params      []ParamRef  `json:"params,omitempty"`
	Effect      string      `json:"effect,omitempty" enum:"safe,idempotent,keyed,unsafe" doc:"What running it again does; without it GET and HEAD are safe, all else is unsafe."`
	KeyHeader   string      `json:"keyHeader,omitempty" doc:"The header of the idempotency key, of a keyed operation."`
	Mode        string      `json:"mode,omitempty" enum:"each,all" doc:"Once for each item (default), or once for all."`
	Collect     *Template   `json:"collect,omitempty" doc:"Of mode all: evaluated for each item; the list is $collected."`
	Request     *Request    `json:"request,omitempty" doc:"The one request; or steps."`
	Paginate    *Paginate   `json:"paginate,omitempty"`
	Steps       []StepRef   `json:"steps,omitempty"`
	Output      Output      `json:"output,omitzero"`
	Poll        *Poll       `json:"poll,omitempty" doc:"Of triggers (group trigger): how what is new is told from what is not."`
	Asks        *Asks       `json:"asks,omitempty" doc:"Of an operation that sends a message with links and waits for an answer: $ask is the message."`
	Errors      []ErrorRule `json:"errors,omitempty"`
}

// Poll says how a trigger that polls knows what is new: by keys and times of the
// things, or by a state of the file's own making.
type Poll struct {
	Key     *Template  `json:"key,omitempty" doc:"What tells a thing ($value) from all others: its id, with the time of its change if changes count."`
	At      *Template  `json:"at,omitempty" doc:"When a thing ($value) came: a date, or milliseconds. A thing without is new if its key is."`
	Overlap float64    `json:"overlap,omitempty" doc:"Seconds before the newest thing from which the service is asked again, for what it shows late; 300 if absent."`
	Clock   *Condition `json:"clock,omitempty" doc:"Whether things come at a time that is known before: only those up to now count, and since goes with the clock."`
	Scope   *Template  `json:"scope,omitempty" doc:"What is watched. When it changes, polling begins anew."`
	State   *Template  `json:"state,omitempty" doc:"Instead of key and at: what the next poll sees as $poll.state. All that the output gives is new then."`
}

// Fresh leaves what is known out of a step's list, before more is asked about it.
type Fresh struct {
	Key Template `json:"key" doc:"The key of an element ($value), the same as the poll's."`
	Max float64  `json:"max" doc:"The most that one poll takes, from the end of the list, where the oldest are; the next poll takes on."`
}

// Step is one step of an operation.
type Step struct {
	ID       string      `json:"id,omitempty" doc:"Its value is $steps.<id> from then on."`
	When     *Condition  `json:"when,omitempty" doc:"Left out unless this holds."`
	Each     *Template   `json:"each,omitempty" doc:"A list: the step runs for each element, $value; its value is the list of results."`
	Set      *Template   `json:"set,omitempty" doc:"Computes a value without a request."`
	File     *Template   `json:"file,omitempty" doc:"Name of a file of the item; the value is its fileName, mimeType, size and extension."`
	Fail     *Template   `json:"fail,omitempty" doc:"Ends the item with this message."`
	Request  *Request    `json:"request,omitempty"`
	Paginate *Paginate   `json:"paginate,omitempty"`
	New      *Fresh      `json:"new,omitempty" doc:"Of a trigger's list: only what no poll has given yet. The first poll notes all of it and goes on with none."`
	Result   *Template   `json:"result,omitempty" doc:"Path in the answer's body, or template; the whole body if absent."`
	Errors   []ErrorRule `json:"errors,omitempty"`
}

// Request is one HTTP request before its templates are filled in.
type Request struct {
	Method      string    `json:"method,omitempty" enum:"GET,POST,PUT,PATCH,DELETE,HEAD,PROPFIND,MKCOL,COPY,MOVE" doc:"GET, if absent."`
	Path        *Template `json:"path,omitempty" doc:"After baseUrl."`
	URL         *Template `json:"url,omitempty" doc:"Instead of baseUrl and path."`
	Query       *Template `json:"query,omitempty"`
	Headers     *Template `json:"headers,omitempty"`
	Body        *Template `json:"body,omitempty" doc:"Sent as JSON."`
	Form        *Template `json:"form,omitempty" doc:"Sent as application/x-www-form-urlencoded."`
	Multipart   *Template `json:"multipart,omitempty" doc:"Sent as multipart/form-data; {\"$file\": name} is a file of the item."`
	Binary      *Template `json:"binary,omitempty" doc:"Name of the item's file that is the body."`
	Raw         *Template `json:"raw,omitempty" doc:"Text that is the body."`
	Related     *Related  `json:"related,omitempty" doc:"Sent as multipart/related: metadata, then content."`
	ContentType *Template `json:"contentType,omitempty"`
	Arrays      string    `json:"arrays,omitempty" enum:"repeat,brackets,indices,comma" doc:"How lists in query and form are written: a=1&a=2 (default), a[]=1, a[0]=1, a=1,2."`
	Response    string    `json:"response,omitempty" enum:"json,xml,text,file,none,feed" doc:"What the answer is: JSON (default), XML, text, a file, nothing, the entries of an RSS or Atom feed."`
	NoAuth      bool      `json:"noAuth,omitempty" doc:"Whether it is sent without the credential."`
	Reads       bool      `json:"reads,omitempty" doc:"Whether it changes nothing although its method says so: a search or a sign-in by POST."`
	Timeout     float64   `json:"timeout,omitempty" doc:"Seconds."`
	Free        bool      `json:"free,omitempty" doc:"Of a service of models: whether it calls none, although it is no GET."`
	Usage       *Usage    `json:"usage,omitempty" doc:"Of a request that calls a model: where the answer says what was used. The file's is for all its requests but GET, HEAD and DELETE."`
}

// Related is a body of metadata and content.
type Related struct {
	Metadata Template  `json:"metadata" doc:"Sent as JSON."`
	File     *Template `json:"file,omitempty" doc:"Name of the item's file that is the content."`
	Text     *Template `json:"text,omitempty" doc:"Text that is the content."`
	Mime     *Template `json:"mime,omitempty" doc:"The content's type; the file's if absent."`
}

// Paginate says how all pages of an answer are fetched.
type Paginate struct {
	By    string     `json:"by" enum:"cursor,page,offset,link,url"`
	Param string     `json:"param,omitempty" doc:"Name of the cursor, the page number or the offset in the request."`
	In    string     `json:"in,omitempty" enum:"query,body,form" doc:"Where it stands; query, if absent."`
	Next  *Template  `json:"next,omitempty" doc:"Of cursor and url: what leads to the next page; path in the body or template. Empty: the end."`
	Start *float64   `json:"start,omitempty" doc:"Of page and offset: the first; 1 for pages if absent."`
	Size  *PageSize  `json:"size,omitempty"`
	Items *Template  `json:"items,omitempty" doc:"The list in a page: path in the body or template; the body itself if absent."`
	More  *Condition `json:"more,omitempty" doc:"Whether there is another page; of page and offset without it: while pages are full."`
	All   *Condition `json:"all,omitempty" doc:"Whether all are wanted; \"{returnAll}\" if absent and the operation has that parameter."`
	Limit *Template  `json:"limit,omitempty" doc:"How many are wanted if not all; \"{limit}\" if absent and the operation has that parameter."`
}

// PageSize is the parameter that says how many a page holds.
type PageSize struct {
	Param string  `json:"param"`
	In    string  `json:"in,omitempty" enum:"query,body,form"`
	Max   float64 `json:"max" doc:"The most that the service takes."`
}

// Output says which items the operation gives.
type Output struct {
	Items  *Template     `json:"items,omitempty" doc:"Path in the last step's value, or template; a list gives an item for each element."`
	Each   *Template     `json:"each,omitempty" doc:"Makes an item of each element, $value."`
	Limit  *Template     `json:"limit,omitempty" doc:"The most items to give."`
	Input  bool          `json:"input,omitempty" doc:"Whether the incoming items are given instead."`
	Binary *BinaryOutput `json:"binary,omitempty"`
	Files  *Template     `json:"files,omitempty" doc:"Files of each item: a list of {field, fileName, mimeType, base64}; $value is the element."`
}

// BinaryOutput makes a file of the answer.
type BinaryOutput struct {
	When *Condition `json:"when,omitempty" doc:"Whether a file is made at all; else the item is made without."`
	To   Template   `json:"to" doc:"Name of the item's file."`
	From *Template  `json:"from,omitempty" doc:"Base64 text that is the content; the answer's body if absent."`
	Name *Template  `json:"name,omitempty"`
	Mime *Template  `json:"mime,omitempty"`
	Keep bool       `json:"keep,omitempty" doc:"Whether the incoming item's files are kept."`
}

// ErrorRule says what an answer means.
type ErrorRule struct {
	Status     []int      `json:"status,omitempty" doc:"The statuses it is for; without it every one that is no success, or every one if when is set."`
	When       *Condition `json:"when,omitempty"`
	Is         string     `json:"is,omitempty" enum:"invalid,auth,forbidden,notFound,conflict,rateLimited,unavailable,serverError,ok" doc:"What it is; invalid if absent. ok: no error at all."`
	Message    *Template  `json:"message,omitempty" doc:"What the user reads."`
	Detail     *Template  `json:"detail,omitempty" doc:"A second line; the service's own message if absent."`
	RetryAfter *Template  `json:"retryAfter,omitempty" doc:"Seconds, where the answer says it otherwise than by the Retry-After header."`
}

// Param is one parameter of the node.
type Param struct {
	Name        string           `json:"name"`
	Type        string           `json:"type" enum:"string,number,boolean,options,multiOptions,collection,fixedCollection,json,dateTime,resourceLocator,resourceMapper,color,filter,assignment,hidden"`
	Required    bool             `json:"required,omitempty"`
	Default     *Template        `json:"default,omitempty" doc:"n8n's default, literally."`
	Description string           `json:"description,omitempty"`
	Options     []Option         `json:"options,omitempty"`
	Fields      []Param          `json:"fields,omitempty" doc:"Of collections; of a fixedCollection the groups, with fields of their own."`
	Show        map[string][]any `json:"show,omitempty" doc:"Visible if each named parameter has one of the values."`
	Versions    Range            `json:"versions,omitempty"`
	Modes       map[string]Mode  `json:"modes,omitempty" doc:"Of a resourceLocator: the modes in which the value is found by a regular expression."`
}

// Mode is a mode of a resource locator.
type Mode struct {
	Regex string `json:"regex" doc:"Its first group is the value."`
}

// Option is one choice of a parameter: a text, or a value with its name.
type Option struct {
	Value       string `json:"value"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
}

// UnmarshalJSONFrom takes a text as an option whose name is its value.
func (o *Option) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '"' {
		return json.UnmarshalDecode(dec, &o.Value)
	}
	type plain Option
	return json.UnmarshalDecode(dec, (*plain)(o))
}

// ParamRef is a parameter, or "@name" of a defined one.
type ParamRef struct {
	Ref string
	Param
}

// UnmarshalJSONFrom reads either form.
func (r *ParamRef) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '"' {
		return json.UnmarshalDecode(dec, &r.Ref)
	}
	return json.UnmarshalDecode(dec, &r.Param)
}

// StepRef is a step, or "@name" of defined ones.
type StepRef struct {
	Ref string
	Step
}

// UnmarshalJSONFrom reads either form.
func (r *StepRef) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '"' {
		return json.UnmarshalDecode(dec, &r.Ref)
	}
	return json.UnmarshalDecode(dec, &r.Step)
}

// OneOrMany is a list that may be written without brackets if it holds one.
type OneOrMany[T any] []T

// UnmarshalJSONFrom reads either form.
func (l *OneOrMany[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '[' {
		return json.UnmarshalDecode(dec, (*[]T)(l))
	}
	*l = make([]T, 1)
	return json.UnmarshalDecode(dec, &(*l)[0])
}
