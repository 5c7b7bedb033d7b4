package provider

// Exists is exists, for the tests.
var Exists = exists
