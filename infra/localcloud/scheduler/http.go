package scheduler

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// maxPage is how many entries a list gives at most.
const maxPage = 100

// ServeHTTP serves the REST protocol: /schedules/{name} and /schedule-groups/{name}.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := wire.Body(r)
	if err != nil {
		writeError(w, err)
		return
	}
	kind, escaped, _ := strings.Cut(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	name, err := url.PathUnescape(escaped)
	if err != nil {
		writeError(w, invalid("the name is not valid"))
		return
	}
	s.mu.Lock()
	out, err := s.route(r, kind, name, body)
	s.mu.Unlock()
	if err != nil {
		writeError(w, err)
		return
	}
	answer, err := json.Marshal(out)
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
}

func (s *Service) route(r *http.Request, kind, name string, body []byte) (any, error) {
	q := r.URL.Query()
	switch r.Method + " " + kind {
	case "POST schedules":
		return s.create(name, body)
	case "PUT schedules":
		return s.update(name, body)
	case "GET schedules":
		if name == "" {
			return s.list(q)
		}
		return s.get(q.Get("groupName"), name)
	case "DELETE schedules":
		return s.remove(q.Get("groupName"), name)
	case "POST schedule-groups":
		return s.createGroup(name)
	case "GET schedule-groups":
		if name == "" {
			return s.listGroups(q)
		}
		return s.describeGroup(name)
	case "DELETE schedule-groups":
		return s.removeGroup(name)
	}
	return nil, wire.Unsupported("EventBridge Scheduler's " + r.Method + " " + r.URL.Path)
}

func writeError(w http.ResponseWriter, err error) { wire.WriteError(w, err) }

func notFound(what, name string) error {
	return &wire.Error{Status: http.StatusNotFound, Type: "ResourceNotFoundException", Message: what + " " + name + " does not exist."}
}

func conflict(what, name string) error {
	return &wire.Error{Status: http.StatusConflict, Type: "ConflictException", Message: what + " " + name + " already exists."}
}

func read(body []byte, name string) (spec Spec, token string, err error) {
	var in struct {
		Spec
		ClientToken string
		KmsKeyArn   string
	}
	if err := wire.Read(body, &in, "of schedules", "ValidationException"); err != nil {
		return Spec{}, "", err
	}
	in.Spec.Name = name
	return in.Spec, in.ClientToken, in.Spec.fill()
}

func (s *Service) create(name string, body []byte) (any, error) {
	spec, token, err := read(body, name)
	if err != nil {
		return nil, err
	}
	if err := s.ready(&spec); err != nil {
		return nil, err
	}
	answer := map[string]string{"ScheduleArn": s.arn(spec)}
	if old := s.schedules[keyOf(spec.GroupName, name)]; old != nil {
		if token != "" && old.Token == token {
			return answer, nil
		}
		return nil, conflict("Schedule", name)
	}
	now := s.opts.Clock.Now().UTC()
	return answer, s.put(&schedule{Spec: spec, Token: token, Made: now, Changed: now})
}

// ready fills a specification's defaults once more, after reading, and finds its group.
func (s *Service) ready(spec *Spec) error {
	if _, ok := s.groups[spec.GroupName]; !ok {
		return notFound("Schedule group", spec.GroupName)
	}
	return nil
}

func (s *Service) update(name string, body []byte) (any, error) {
	spec, token, err := read(body, name)
	if err != nil {
		return nil, err
	}
	if err := s.ready(&spec); err != nil {
		return nil, err
	}
	old := s.schedules[keyOf(spec.GroupName, name)]
	if old == nil {
		return nil, notFound("Schedule", name)
	}
	sch := &schedule{Spec: spec, Token: token, Made: old.Made, Changed: s.opts.Clock.Now().UTC()}
	return map[string]string{"ScheduleArn": s.arn(spec)}, s.put(sch)
}

func (s *Service) find(group, name string) (*schedule, error) {
	if group == "" {
		group = defaultGroup
	}
	if sch := s.schedules[keyOf(group, name)]; sch != nil {
		return sch, nil
	}
	return nil, notFound("Schedule", name)
}

func (s *Service) get(group, name string) (any, error) {
	sch, err := s.find(group, name)
	if err != nil {
		return nil, err
	}
	return struct {
		Spec
		Arn                  string
		CreationDate         epoch
		LastModificationDate epoch
	}{sch.Spec, s.arn(sch.Spec), epoch{sch.Made}, epoch{sch.Changed}}, nil
}

func (s *Service) remove(group, name string) (any, error) {
	sch, err := s.find(group, name)
	if err != nil {
		return nil, err
	}
	return struct{}{}, s.drop(keyOf(sch.Spec.GroupName, name))
}

// page cuts a sorted list of keys to a page; the token is the last key of the page before.
func page(keys []string, q url.Values) (out []string, next string, err error) {
	if token := q.Get("NextToken"); token != "" {
		last, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			return nil, "", invalid("the NextToken is not valid")
		}
		at, found := slices.BinarySearch(keys, string(last))
		if found {
			at++
		}
		keys = keys[at:]
	}
	limit := maxPage
	if v := q.Get("MaxResults"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxPage {
			return nil, "", invalid("MaxResults must be from 1 to 100")
		}
		limit = n
	}
	if len(keys) > limit {
		keys = keys[:limit]
		next = base64.RawURLEncoding.EncodeToString([]byte(keys[limit-1]))
	}
	return keys, next, nil
}

func (s *Service) list(q url.Values) (any, error) {
	var keys []string
	for key, sch := range s.schedules {
		group, state := q.Get("ScheduleGroup"), q.Get("State")
		if (group == "" || group == sch.Spec.GroupName) && (state == "" || state == sch.Spec.State) &&
			strings.HasPrefix(sch.Spec.Name, q.Get("NamePrefix")) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	keys, next, err := page(keys, q)
	if err != nil {
		return nil, err
	}
	type summary struct {
		Arn, Name, GroupName, State        string
		CreationDate, LastModificationDate epoch
		Target                             struct{ Arn string }
	}
	out := map[string]any{}
	summaries := make([]summary, len(keys))
	for i, key := range keys {
		sch := s.schedules[key]
		summaries[i] = summary{
			Arn: s.arn(sch.Spec), Name: sch.Spec.Name, GroupName: sch.Spec.GroupName, State: sch.Spec.State,
			CreationDate: epoch{sch.Made}, LastModificationDate: epoch{sch.Changed}, Target: struct{ Arn string }{sch.Spec.Target.Arn},
		}
	}
	out["Schedules"] = summaries
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}
