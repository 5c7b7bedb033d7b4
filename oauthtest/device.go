package oauthtest

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// device is a device that waits for its user (RFC 8628).
type device struct {
	client   string
	userCode string
	scopes   []string
	audience []string
	order    int // of the requests, for UserCodes
	expires  time.Time
	interval time.Duration
	polled   time.Time // zero: never
	state    deviceState
	subject  string // who approved
}

type deviceState int

const (
	devicePending deviceState = iota
	deviceApproved
	deviceDenied
	deviceUsed
)

// slowDown is how much longer a device has to wait that polls too fast (RFC
// 8628 section 3.5).
const slowDown = 5 * time.Second

// deviceAuthorization is the device authorization endpoint.
func (s *Server) deviceAuthorization(r *request) *answer {
	if r.problem != nil {
		return s.refusal(r, r.problem)
	}
	who, problem := s.authenticate(r)
	var a *answer
	if problem == nil {
		a, problem = s.startDevice(r, who)
	}
	if problem != nil {
		a = s.refusal(r, problem)
	}
	a.client, a.method = who.id(), who.method
	return a
}

func (s *Server) startDevice(r *request, who *caller) (*answer, *refusal) {
	if !who.client.allows(GrantDeviceCode) {
		return nil, refuse(codeUnauthorizedClient, "grant", "the client is not authorized to use device_code")
	}
	scopes, problem := scopesOf(r.param("scope"), who.client.Scopes)
	if problem != nil {
		return nil, problem
	}
	audience := append(slices.Clone(r.params["resource"]), r.params["audience"]...)
	if problem := checkTarget(audience, who); problem != nil {
		return nil, problem
	}
	d := &device{
		client: who.id(), userCode: newUserCode(), scopes: scopes, audience: audience,
		expires: r.now.Add(s.cfg.deviceLifetime()), interval: s.cfg.deviceInterval(),
	}
	value := newValue("device-")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started++
	d.order = s.started
	s.devices[value] = d
	page := s.URL + pathDevice
	return &answer{status: http.StatusOK, header: http.Header{}, body: map[string]any{
		"device_code": value, "user_code": d.userCode,
		"verification_uri": page, "verification_uri_complete": page + "?" + url.Values{"user_code": {d.userCode}}.Encode(),
		"expires_in": int64(s.cfg.deviceLifetime().Seconds()), "interval": int64(d.interval.Seconds()),
	}}, nil
}

// newUserCode is from the letters of RFC 8628 section 6.1, which make no words.
func newUserCode() string {
	const letters = "BCDFGHJKLMNPQRSTVWXZ"
	b := randomBytes(8)
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b[:4]) + "-" + string(b[4:])
}

// deviceGrant is RFC 8628 section 3.4 and 3.5.
func (s *Server) deviceGrant(r *request, who *caller) (*granted, *refusal) {
	value := r.param("device_code")
	if value == "" {
		return nil, refuse(codeInvalidRequest, "device_code", "device_code is missing")
	}
	if problem := checkTarget(append(slices.Clone(r.params["resource"]), r.params["audience"]...), who); problem != nil {
		return nil, problem
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.devices[value]
	switch {
	case !ok:
		return nil, refuse(codeInvalidGrant, "device_code", "the device code is not known")
	case d.client != who.id():
		return nil, refuse(codeInvalidGrant, "device_client", "the device code was issued to another client")
	case d.state == deviceUsed:
		return nil, refuse(codeInvalidGrant, "device_used", "the device code has been used before")
	case !r.now.Before(d.expires):
		return nil, refuse(codeExpiredToken, "device_expired", "the device code is expired")
	}
	early := !d.polled.IsZero() && r.now.Sub(d.polled) < d.interval
	d.polled = r.now
	switch {
	case early:
		d.interval += slowDown
		return nil, refuse(codeSlowDown, "interval", fmt.Sprintf("the device polls too fast; the interval is now %s", d.interval))
	case d.state == devicePending:
		return nil, refuse(codeAuthorizationPending, "pending", "the user has not decided yet")
	case d.state == deviceDenied:
		return nil, refuse(codeAccessDenied, "decision", "the user denied the request")
	}
	d.state = deviceUsed
	return &granted{
		subject: d.subject, scopes: d.scopes, audience: d.audience, login: true,
		refresh: who.client.allows(GrantRefreshToken),
	}, nil
}

// ApproveDevice is the user who types the code and says yes. The user may be
// any name; one that [Server.AddUser] knows gets the subject of that user, and
// an empty one is Config.ApproveAs. It is an error when no device waits with
// the code.
func (s *Server) ApproveDevice(userCode, user string) error {
	return s.decideDevice(userCode, deviceApproved, s.subjectOf(orDefault(user, s.user())))
}

// DenyDevice is the user who says no.
func (s *Server) DenyDevice(userCode string) error {
	return s.decideDevice(userCode, deviceDenied, "")
}

func (s *Server) decideDevice(userCode string, state deviceState, subject string) error {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.devices {
		if plainUserCode(d.userCode) == plainUserCode(userCode) && d.waits(now) {
			d.state, d.subject = state, subject
			return nil
		}
	}
	return fmt.Errorf("no device waits with the user code %q", userCode)
}

func (d *device) waits(now time.Time) bool { return d.state == devicePending && now.Before(d.expires) }

// plainUserCode is what counts of a code that somebody typed (RFC 8628 section 6.1).
func plainUserCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if r < 'A' || r > 'Z' {
			return -1
		}
		return r
	}, strings.ToUpper(typed))
}

// UserCodes returns the codes of the devices that wait for their users, oldest first.
func (s *Server) UserCodes() []string {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var waiting []*device
	for _, d := range s.devices {
		if d.waits(now) {
			waiting = append(waiting, d)
		}
	}
	slices.SortFunc(waiting, func(a, b *device) int { return a.order - b.order })
	var list []string
	for _, d := range waiting {
		list = append(list, d.userCode)
	}
	return list
}

// devicePage is where verification_uri leads, for demonstrations. Nothing is
// approved by opening it: verification_uri_complete may come from anybody.
func (s *Server) devicePage(r *request) *answer {
	a := &answer{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}}
	text := `<form method="post">
<p>Code: <input name="user_code" value="` + html.EscapeString(r.param("user_code")) + `"></p>
<button name="decision" value="approve">Approve as ` + html.EscapeString(s.user()) + `</button>
<button name="decision" value="deny">Deny</button>
</form>`
	if r.http.Method == http.MethodPost {
		err := s.clickDevice(r)
		text = "<p>Done. You may go back to the device.</p>"
		if err != nil {
			a.status = http.StatusBadRequest
			a.refusal = refuse(codeInvalidRequest, "user_code", err.Error())
			text = "<p>" + html.EscapeString(err.Error()) + "</p>"
		}
	}
	a.text = []byte("<!DOCTYPE html>\n<html><head><title>Connect a device</title></head><body>\n" + text + "\n</body></html>\n")
	return a
}

func (s *Server) clickDevice(r *request) error {
	switch r.param("decision") {
	case "approve":
		return s.ApproveDevice(r.param("user_code"), "")
	case "deny":
		return s.DenyDevice(r.param("user_code"))
	}
	return fmt.Errorf("decision must be approve or deny")
}
