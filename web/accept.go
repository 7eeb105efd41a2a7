package web

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// preferred returns the first of the offered media types that a request likes
// best, by RFC 9110. A request that likes none of them gets the first all the
// same: an answer in another form helps more than a 406.
func preferred(r *http.Request, offered ...string) string {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	best, quality := offered[0], 0.0
	for _, o := range offered {
		if q := liking(accept, o); q > quality {
			best, quality = o, q
		}
	}
	return best
}

// liking is the quality an Accept header gives to a media type: that of the
// most specific range that covers it.
func liking(accept, offered string) float64 {
	if strings.TrimSpace(accept) == "" {
		return 1
	}
	quality, specific := 0.0, -1
	for element := range strings.SplitSeq(accept, ",") {
		media, params, err := mime.ParseMediaType(element)
		if err != nil {
			continue
		}
		if s := specificity(media, offered); s > specific {
			quality, specific = weight(params["q"]), s
		}
	}
	return quality
}

// specificity is 2 for the type itself, 1 for its kind, 0 for */* and -1 for
// what does not cover it.
func specificity(media, offered string) int {
	kind, _, _ := strings.Cut(offered, "/")
	switch media {
	case offered:
		return 2
	case kind + "/*":
		return 1
	case "*/*":
		return 0
	default:
		return -1
	}
}

func weight(q string) float64 {
	if q == "" {
		return 1
	}
	w, err := strconv.ParseFloat(q, 64)
	if err != nil || w < 0 || w > 1 {
		return 0
	}
	return w
}
