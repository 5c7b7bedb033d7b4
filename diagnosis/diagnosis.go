// Package diagnosis says why a token request failed: it names the parameter of
// the connection document to correct, with evidence and, where one is known, a
// proposed value. It is pure: it looks at facts and never at the network.
//
//	token, err := engine.Exchange(ctx, c, nil)
//	var e *jeton.Error
//	if errors.As(err, &e) {
//		for _, f := range diagnosis.Diagnose(c, diagnosis.Facts{Err: e}).Findings { ... }
//	}
//
// The rules are tables. A word in the server's description outranks the error
// code; what was found without the network outranks both.
package diagnosis

import (
	"fmt"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton"
)

// Facts are what is known about a failed token request.
type Facts struct {
	// Err is the error of the exchange; nil if it succeeded.
	Err *jeton.Error
	// Local are the findings of Validate.
	Local []jeton.Finding
}

// Diagnosis is the result: findings in the order in which to look at them.
type Diagnosis struct {
	// Findings: certain ones first, then at most three suspects, then warnings.
	Findings []jeton.Finding
}

// maxSuspects after the certain findings: a longer list is no help.
const maxSuspects = 3

// clockLimit is the offset of the clock from which it explains a refusal, and
// clockNotice the one from which it is worth a warning.
const (
	clockLimit  = 60 * time.Second
	clockNotice = 30 * time.Second
)

// Diagnose ranks what the facts say about the connection.
func Diagnose(c *jeton.Connection, f Facts) *Diagnosis {
	var all ranking
	if f.Err != nil {
		all.add(f.Err.Findings...)
		all.add(clock(c, f.Err)...)
		if f.Err.Stage == jeton.StageOAuth || f.Err.Stage == jeton.StageHTTP && f.Err.Status != 0 {
			all.add(refusal(c, f.Err)...)
		}
	}
	all.add(f.Local...)
	return &Diagnosis{Findings: all.ranked()}
}

// ranking collects findings: one for each parameter, the first one said wins.
type ranking struct{ certain, suspects, warnings []jeton.Finding }

func (r *ranking) add(findings ...jeton.Finding) {
	for _, f := range findings {
		switch {
		case f.Warning:
			r.warnings = appendOnce(r.warnings, f)
		case f.Certain:
			r.certain = appendOnce(r.certain, f)
		default:
			r.suspects = appendOnce(r.suspects, f)
		}
	}
}

func appendOnce(list []jeton.Finding, f jeton.Finding) []jeton.Finding {
	for _, known := range list {
		if known.Parameter == f.Parameter && known.Problem == f.Problem {
			return list
		}
	}
	return append(list, f)
}

// ranked is certain, then suspects without those that are certain already, then warnings.
func (r *ranking) ranked() []jeton.Finding {
	list := append([]jeton.Finding{}, r.certain...)
	seen := map[jeton.Parameter]bool{}
	for _, f := range r.certain {
		seen[f.Parameter] = true
	}
	suspects := 0
	for _, f := range r.suspects {
		if !seen[f.Parameter] && suspects < maxSuspects {
			list = append(list, f)
			seen[f.Parameter] = true
			suspects++
		}
	}
	return append(list, r.warnings...)
}

// clock names the clock when the server's own Date header shows that it is off
// and the request carried a time.
func clock(c *jeton.Connection, err *jeton.Error) []jeton.Finding {
	offset := err.ClockOffset.Round(time.Second)
	if !err.HasClockOffset || offset.Abs() < clockNotice || len(sentAssertions(c)) == 0 {
		return nil
	}
	direction := "behind"
	if offset < 0 {
		direction = "ahead of"
	}
	text := strings.ToLower(err.Code + " " + err.Description)
	f := jeton.Finding{
		Parameter: "clock",
		Problem:   fmt.Sprintf("this machine's clock is %s %s the authorization server's", offset.Abs(), direction),
		Fix:       "synchronise the clock, or write auto_skew: true in the assertion",
		Evidence:  fmt.Sprintf("the Date header of the reply is %s from here", offset),
		Certain:   offset.Abs() >= clockLimit && containsAny(text, timeWords...),
	}
	if offset.Abs() < clockLimit && !f.Certain {
		f.Warning = !containsAny(text, timeWords...)
	}
	return []jeton.Finding{f}
}

func containsAny(text string, words ...string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
