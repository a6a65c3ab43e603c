package scheduler

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

func (s *Service) createGroup(name string) (any, error) {
	if !goodName.MatchString(name) {
		return nil, invalid("the name %q is not valid", name)
	}
	if _, ok := s.groups[name]; ok {
		return nil, conflict("Schedule group", name)
	}
	now := s.opts.Clock.Now().UTC()
	v, err := json.Marshal(now)
	if err != nil {
		return nil, err
	}
	b := &kv.Batch{}
	b.Set([]byte(groupPrefix+name), v)
	if err := s.opts.Store.Commit(b); err != nil {
		return nil, err
	}
	s.groups[name] = now
	return map[string]string{"ScheduleGroupArn": s.groupARN(name)}, nil
}

func (s *Service) groupSummary(name string) map[string]any {
	made := epoch{s.groups[name]}
	return map[string]any{"Arn": s.groupARN(name), "Name": name, "State": "ACTIVE", "CreationDate": made, "LastModificationDate": made}
}

func (s *Service) describeGroup(name string) (any, error) {
	if _, ok := s.groups[name]; !ok {
		return nil, notFound("Schedule group", name)
	}
	return s.groupSummary(name), nil
}

func (s *Service) listGroups(q url.Values) (any, error) {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(s.groups)), func(name string) bool {
		return !strings.HasPrefix(name, q.Get("NamePrefix"))
	})
	names, next, err := page(names, q)
	if err != nil {
		return nil, err
	}
	groups := []map[string]any{}
	for _, name := range names {
		groups = append(groups, s.groupSummary(name))
	}
	out := map[string]any{"ScheduleGroups": groups}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

// removeGroup removes a group and its schedules.
func (s *Service) removeGroup(name string) (any, error) {
	if _, ok := s.groups[name]; !ok || name == defaultGroup {
		return nil, notFound("Schedule group", name)
	}
	for key, sch := range s.schedules {
		if sch.Spec.GroupName == name {
			if err := s.drop(key); err != nil {
				return nil, err
			}
		}
	}
	b := &kv.Batch{}
	b.Delete([]byte(groupPrefix + name))
	delete(s.groups, name)
	return struct{}{}, s.opts.Store.Commit(b)
}
