package main

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton"
)

// awsCredential is what the AWS CLI and SDKs read from a credential_process.
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sourcing-external.html
type awsCredential struct {
	Version         int
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string `json:",omitempty"`
	Expiration      string `json:",omitempty"`
}

// awsMembers are the names of the parts, as AWS writes them.
var awsMembers = []string{"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}

// awsDepth is how many objects of a kept member are looked into: in what STS
// answers the parts are one below Credentials.
const awsDepth = 4

// awsCredentialJSON is a set of AWS credentials, found among the members of the
// reply that the connection keeps. The access token itself is none.
func awsCredentialJSON(t *jeton.Token) (string, error) {
	found := awsParts{}
	for _, path := range slices.Sorted(maps.Keys(t.Extra)) {
		if err := found.add(lastSegment(path), t.Extra[path], awsDepth); err != nil {
			return "", err
		}
	}
	answer := awsCredential{Version: 1}
	var err error
	for i, to := range []*string{&answer.AccessKeyID, &answer.SecretAccessKey, &answer.SessionToken} {
		if *to, err = found.text(awsMembers[i]); err != nil {
			return "", err
		}
	}
	if missing := answer.missing(); len(missing) > 0 {
		return "", awsError("the reply's members that are kept hold no "+strings.Join(missing, ", "),
			"an access token is no AWS credential; if the reply has one, write its members, for example response: {keep: [AccessKeyId, SecretAccessKey, SessionToken, Expiration]}, "+
				"or response: {keep: [Credentials]} for an object with these members")
	}
	answer.Expiration, err = found.expiration(t)
	if err != nil {
		return "", err
	}
	return encodeJSON(answer)
}

// missing names the parts without which AWS refuses. A key that begins with AKIA
// is a long-term one, which has no session.
func (c *awsCredential) missing() (names []string) {
	for i, value := range []string{c.AccessKeyID, c.SecretAccessKey, c.SessionToken} {
		if value == "" && (i < 2 || !strings.HasPrefix(c.AccessKeyID, "AKIA")) {
			names = append(names, awsMembers[i])
		}
	}
	return names
}

// awsParts are the members that were found, by the names of AWS.
type awsParts map[string]json.RawMessage

// add takes a member, and those of an object, by its name in any spelling:
// AccessKeyId, accessKeyId, access_key_id.
func (parts awsParts) add(name string, value json.RawMessage, depth int) error {
	plain := strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
	for _, member := range awsMembers {
		if plain != strings.ToLower(member) || string(value) == "null" {
			continue
		}
		if known, found := parts[member]; found && string(known) != string(value) {
			return awsError("two members that are kept are a "+member+", and they differ", "keep the members of one set of credentials only")
		}
		parts[member] = value
		return nil
	}
	var object map[string]json.RawMessage
	if depth == 0 || json.Unmarshal(value, &object) != nil {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if err := parts.add(key, object[key], depth-1); err != nil {
			return err
		}
	}
	return nil
}

// text is a member that has to be a string; empty if it is not there.
func (parts awsParts) text(name string) (string, error) {
	value, found := parts[name]
	if !found {
		return "", nil
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return "", awsError("the member "+name+" is no string", "keep the member that holds the "+name)
	}
	return s, nil
}

// expiration of the credentials: their own, else that of the token. AWS services
// write it in RFC 3339, or as a number of seconds or milliseconds since 1970.
func (parts awsParts) expiration(t *jeton.Token) (string, error) {
	value, found := parts["Expiration"]
	if !found {
		return expiresAt(t), nil
	}
	var s string
	var n float64
	switch {
	case json.Unmarshal(value, &s) == nil:
		if at, err := time.Parse(time.RFC3339, s); err == nil {
			return utc(at), nil
		}
	case json.Unmarshal(value, &n) == nil && n > 0 && n < 1e14:
		if n > 1e11 { // year 5138 in seconds
			n /= 1000
		}
		return utc(time.Unix(int64(math.Floor(n)), 0)), nil
	}
	return "", awsError("the member Expiration is no time", "keep one in RFC 3339 or in seconds since 1970, or none: then the expiry of the token counts")
}

// lastSegment of a path in response.keep: dotted, or a JSON Pointer.
func lastSegment(path string) string {
	return path[strings.LastIndexAny(path, "./")+1:]
}

func awsError(problem, fix string) error {
	return jeton.NewError(jeton.MalformedResponse, jeton.StageResponse, "-o aws: response.keep: "+problem,
		jeton.Finding{Parameter: "response.keep", Problem: problem, Fix: fix, Certain: true})
}
