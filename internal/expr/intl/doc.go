// Package intl formats dates and numbers as ECMAScript's Intl does, for the
// locales that locales.json.gz has (generate.mjs lists them). goja has no Intl,
// and Luxon and toLocaleString need one. A locale or option that is not there is
// an error, never another locale's format.
package intl
