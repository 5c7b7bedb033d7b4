package jeton

import "net/http"

// Category is the stable name of a kind of failure; it is the same in the API,
// the audit log, the metrics and the command line.
type Category string

// The categories. Those of the token reply that RFC 6749 section 5.2 and its
// extensions define keep the registered name.
const (
	NetworkError         Category = "network_error"
	EgressDenied         Category = "egress_denied"
	TLSVerification      Category = "tls_verification"
	IDPUnavailable       Category = "idp_unavailable"
	RateLimited          Category = "rate_limited"
	Provider5xx          Category = "provider_5xx"
	Provider4xxOther     Category = "provider_4xx_other"
	InvalidClient        Category = "invalid_client"
	UnauthorizedClient   Category = "unauthorized_client"
	InvalidGrant         Category = "invalid_grant"
	InvalidScope         Category = "invalid_scope"
	InvalidTarget        Category = "invalid_target"
	InvalidRequest       Category = "invalid_request"
	UnsupportedGrantType Category = "unsupported_grant_type"
	ClockSkew            Category = "clock_skew"
	MalformedResponse    Category = "malformed_response"
	NoTokenInResponse    Category = "no_token_in_response"
	UnsupportedTokenType Category = "unsupported_token_type"
	BadExpiresIn         Category = "bad_expires_in"
	ConsentRequired      Category = "consent_required"
	NoRefreshToken       Category = "no_refresh_token"
	InterruptedRotation  Category = "interrupted_rotation"
	KeyUnusable          Category = "key_unusable"
	KeyExpired           Category = "key_expired"
	NoToken              Category = "no_token"
	DocumentInvalid      Category = "document_invalid"
	SourceNotAllowed     Category = "source_not_allowed"
	NotFound             Category = "not_found"
	DeliveryNotAllowed   Category = "delivery_not_allowed"
	AuditUnavailable     Category = "audit_unavailable"
	StoreUnavailable     Category = "store_unavailable"
	InternalError        Category = "internal_error"
)

// outcome is what a category becomes at the two faces.
type outcome struct{ http, exit int }

// outcomes is the one table of category, HTTP status and exit code.
var outcomes = map[Category]outcome{
	NetworkError:         {http.StatusServiceUnavailable, 5},
	EgressDenied:         {http.StatusServiceUnavailable, 5},
	TLSVerification:      {http.StatusServiceUnavailable, 5},
	IDPUnavailable:       {http.StatusServiceUnavailable, 5},
	RateLimited:          {http.StatusServiceUnavailable, 6},
	Provider5xx:          {http.StatusServiceUnavailable, 6},
	Provider4xxOther:     {http.StatusBadGateway, 6},
	InvalidClient:        {http.StatusBadGateway, 6},
	UnauthorizedClient:   {http.StatusBadGateway, 6},
	InvalidGrant:         {http.StatusBadGateway, 6},
	InvalidScope:         {http.StatusBadGateway, 6},
	InvalidTarget:        {http.StatusBadGateway, 6},
	InvalidRequest:       {http.StatusBadGateway, 6},
	UnsupportedGrantType: {http.StatusBadGateway, 6},
	ClockSkew:            {http.StatusBadGateway, 6},
	MalformedResponse:    {http.StatusBadGateway, 7},
	NoTokenInResponse:    {http.StatusBadGateway, 7},
	UnsupportedTokenType: {http.StatusBadGateway, 7},
	BadExpiresIn:         {http.StatusBadGateway, 7},
	ConsentRequired:      {http.StatusConflict, 8},
	NoRefreshToken:       {http.StatusConflict, 8},
	InterruptedRotation:  {http.StatusConflict, 8},
	KeyUnusable:          {http.StatusConflict, 4},
	KeyExpired:           {http.StatusConflict, 4},
	NoToken:              {http.StatusConflict, 2},
	DocumentInvalid:      {http.StatusUnprocessableEntity, 3},
	SourceNotAllowed:     {http.StatusUnprocessableEntity, 3},
	NotFound:             {http.StatusNotFound, 9},
	DeliveryNotAllowed:   {http.StatusForbidden, 9},
	AuditUnavailable:     {http.StatusServiceUnavailable, 1},
	StoreUnavailable:     {http.StatusServiceUnavailable, 1},
	InternalError:        {http.StatusInternalServerError, 1},
}

// HTTPStatus is the status with which a server answers a failure of this category.
func (c Category) HTTPStatus() int {
	if o, ok := outcomes[c]; ok {
		return o.http
	}
	return http.StatusInternalServerError
}

// ExitCode is the exit status of the command line for this category.
func (c Category) ExitCode() int {
	if o, ok := outcomes[c]; ok {
		return o.exit
	}
	return 1
}
