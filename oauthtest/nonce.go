package oauthtest

import "time"

// jar holds the DPoP nonces of one role (RFC 9449 section 8 and 9): the nonces
// of the authorization server are not good at the resource server.
type jar struct {
	order []string             // oldest first
	until map[string]time.Time // nonce -> when it ends
}

// keptNonces bounds a jar: every answer puts one in.
const keptNonces = 4096

// jar returns the jar of an endpoint; nil where no proof is looked at. The
// caller holds the lock.
func (s *Server) jar(path string) *jar {
	role := ""
	switch path {
	case pathToken, pathPAR:
		role = "authorization server"
	case pathResource:
		role = "resource server"
	default:
		return nil
	}
	if s.nonces[role] == nil {
		s.nonces[role] = &jar{until: map[string]time.Time{}}
	}
	return s.nonces[role]
}

func (j *jar) add(nonce string, until time.Time) {
	j.order = append(j.order, nonce)
	j.until[nonce] = until
	if len(j.order) > keptNonces {
		delete(j.until, j.order[0])
		j.order = j.order[1:]
	}
}

func (j *jar) good(nonce string, now time.Time) bool {
	until, ok := j.until[nonce]
	return ok && now.Before(until)
}

func (j *jar) use(nonce string) { delete(j.until, nonce) }

// offerNonce puts a new nonce into every answer of an endpoint that wants
// proofs, also into a good one.
func (s *Server) offerNonce(path string, a *answer) {
	if s.cfg.DPoP != DPoPNonce {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jar(path)
	if j == nil {
		return
	}
	nonce := newValue("nonce-")
	j.add(nonce, s.now().Add(s.cfg.nonceLifetime()))
	a.header.Set("DPoP-Nonce", nonce)
}

// RotateNonces ends all DPoP nonces that were given out: the next proof at each
// role is asked for another one.
func (s *Server) RotateNonces() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nonces = map[string]*jar{}
}
