package dynamodb

import (
	"time"
)

// maxTTLName is the longest name of a time-to-live attribute, in bytes.
const maxTTLName = 255

type timeToLive struct {
	AttributeName *string
	Enabled       *bool
}

func (s *Service) updateTimeToLive(body, out []byte) ([]byte, error) {
	var in struct {
		TableName               *string
		TimeToLiveSpecification *timeToLive
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	spec := in.TimeToLiveSpecification
	switch {
	case spec == nil:
		return nil, missing("timeToLiveSpecification")
	case spec.AttributeName == nil:
		return nil, missing("timeToLiveSpecification.attributeName")
	case spec.Enabled == nil:
		return nil, missing("timeToLiveSpecification.enabled")
	case *spec.AttributeName == "" || len(*spec.AttributeName) > maxTTLName:
		return nil, invalidValue(*spec.AttributeName, "timeToLiveSpecification.attributeName", "Member must have length between 1 and 255")
	}
	t, err := s.existing(in.TableName)
	if err != nil {
		return nil, err
	}
	next := *t.spec
	switch {
	case *spec.Enabled && t.spec.TTL != "":
		return nil, invalid("TimeToLive is already enabled")
	case !*spec.Enabled && t.spec.TTL == "":
		return nil, invalid("TimeToLive is already disabled")
	case !*spec.Enabled && t.spec.TTL != *spec.AttributeName:
		return nil, invalid("TimeToLive is active on a different AttributeName: current AttributeName is " + t.spec.TTL)
	case *spec.Enabled:
		next.TTL = *spec.AttributeName
	default:
		next.TTL = ""
	}
	if err := s.changeTable(t, next); err != nil {
		return nil, err
	}
	return appendJSON(out, map[string]any{"TimeToLiveSpecification": spec})
}

func (s *Service) describeTimeToLive(body, out []byte) ([]byte, error) {
	var in tableName
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	t, err := s.existing(in.TableName)
	if err != nil {
		return nil, err
	}
	if t.spec.TTL == "" {
		return append(out, `{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}`...), nil
	}
	return appendJSON(out, map[string]any{"TimeToLiveDescription": map[string]any{
		"TimeToLiveStatus": "ENABLED", "AttributeName": t.spec.TTL,
	}})
}

// recoveryWindow is how far back point-in-time recovery reaches.
const recoveryWindow = 35 * 24 * time.Hour

func (s *Service) updateContinuousBackups(body, out []byte) ([]byte, error) {
	var in struct {
		TableName                        *string
		PointInTimeRecoverySpecification *struct {
			PointInTimeRecoveryEnabled *bool
			RecoveryPeriodInDays       *int
		}
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	p := in.PointInTimeRecoverySpecification
	if p == nil || p.PointInTimeRecoveryEnabled == nil {
		return nil, missing("pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled")
	}
	t, err := s.existing(in.TableName)
	if err != nil {
		return nil, err
	}
	next := *t.spec
	next.Recovery = *p.PointInTimeRecoveryEnabled
	if err := s.changeTable(t, next); err != nil {
		return nil, err
	}
	return s.appendBackups(out, s.tables[next.Name])
}

func (s *Service) describeContinuousBackups(body, out []byte) ([]byte, error) {
	var in tableName
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	t, err := s.existing(in.TableName)
	if err != nil {
		return nil, err
	}
	return s.appendBackups(out, t)
}

func (s *Service) appendBackups(out []byte, t *table) ([]byte, error) {
	recovery := map[string]any{"PointInTimeRecoveryStatus": "DISABLED"}
	if t.spec.Recovery {
		now := s.clock.Now()
		earliest := now.Add(-recoveryWindow)
		if t.stored.Created.After(earliest) {
			earliest = t.stored.Created
		}
		recovery = map[string]any{
			"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": 35,
			"EarliestRestorableDateTime": unixSeconds(earliest), "LatestRestorableDateTime": unixSeconds(now),
		}
	}
	return appendJSON(out, map[string]any{"ContinuousBackupsDescription": map[string]any{
		"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery,
	}})
}
