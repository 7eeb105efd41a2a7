package kube

import (
	"maps"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// index is all that is known of the cluster. Feeds write it an object at a
// time; decisions read it.
type index struct {
	mu      sync.RWMutex
	objects map[workload.ID]*object
	targets map[target]replicas
	hpas    map[workload.ID]hpa                  // by the ScaledObject that owns them
	owners  map[types.NamespacedName]workload.ID // of an HPA
	spaces  map[string]map[string]string         // labels of namespaces
}

// object is what matters of a ScaledObject. It is replaced, never changed.
type object struct {
	source *health
	uid    types.UID
	labels map[string]string // its own
	// identity is these laid over its namespace's, and complete whether the
	// latter were read, or are known not to be had.
	identity  map[string]string
	complete  bool
	min, max  decision.Replicas
	tolerance float64
	target    target
	// resource of the target as KEDA found it; empty until then.
	resource  schema.GroupVersionResource
	paused    string // the annotation that holds it still
	triggers  []workload.Trigger
	objection string
}

// target names a scale target. It is comparable.
type target struct {
	kind            schema.GroupKind
	namespace, name string
}

// replicas is what a scale target says of itself.
type replicas struct {
	source *health
	// asked is spec.replicas.
	current, ready, asked decision.Replicas
	revision              string
}

// hpa is what matters of KEDA's HPA.
type hpa struct {
	source  *health
	name    string
	current decision.Replicas
	desired decision.Replicas
	stuck   string // why it cannot scale
	misread string // why it would misread our answer
}

func newIndex() *index {
	return &index{
		objects: map[workload.ID]*object{},
		targets: map[target]replicas{},
		hpas:    map[workload.ID]hpa{},
		owners:  map[types.NamespacedName]workload.ID{},
		spaces:  map[string]map[string]string{},
	}
}

// scale composes the answer for a workload. It does not allocate.
func (ix *index) scale(id workload.ID) decision.Scale {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	o := ix.objects[id]
	if o == nil {
		return decision.Scale{Tolerance: -1}
	}
	// What somebody configured is held for as long as nothing else is heard;
	// counts are not.
	s := decision.Scale{Min: o.min, Max: o.max, Tolerance: o.tolerance}
	if !o.source.ok() {
		return s
	}
	if r, ok := ix.targets[o.target]; ok && r.source.ok() {
		s.Known, s.Current, s.Ready, s.Revision = true, r.current, r.ready, r.revision
		s.Asked = r.asked
		return s
	}
	// A watched kind that is not there is missing, whatever an HPA remembers.
	if h, ok := ix.hpas[id]; ok && h.source.ok() && !watchedKind(o.target.kind) {
		s.Known, s.Current, s.Asked = true, h.current, h.desired
	}
	return s
}

// identified is the object with what its namespace says of it.
func (ix *index) identified(namespace string, o *object) *object {
	labels, read := ix.spaces[namespace]
	identified := *o
	identified.identity, identified.complete = merge(labels, o.labels), read
	return &identified
}

// namespaces are those that have ScaledObjects.
func (ix *index) namespaces() map[string]bool {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	names := map[string]bool{}
	for id := range ix.objects {
		names[id.Namespace] = true
	}
	return names
}

func (ix *index) setNamespace(name string, labels map[string]string) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if was, read := ix.spaces[name]; read && maps.Equal(was, labels) {
		return
	}
	ix.spaces[name] = labels
	for id, o := range ix.objects {
		if id.Namespace == name {
			ix.objects[id] = ix.identified(name, o)
		}
	}
}

// hasNamespace reports whether a namespace's labels were read, or are known not
// to be had.
func (ix *index) hasNamespace(name string) bool {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	_, read := ix.spaces[name]
	return read
}

// keepNamespaces forgets the labels of namespaces without ScaledObjects: one
// that comes back may have others.
func (ix *index) keepNamespaces(wanted map[string]bool) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	maps.DeleteFunc(ix.spaces, func(name string, _ map[string]string) bool { return !wanted[name] })
}

func (ix *index) object(id workload.ID) (*object, bool) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	o, ok := ix.objects[id]
	return o, ok
}

// objection says why a workload's ScaledObject or its HPA would misread an
// answer, or "".
func (ix *index) objection(id workload.ID) string {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if o := ix.objects[id]; o != nil && o.objection != "" {
		return o.objection
	}
	if h, ok := ix.hpas[id]; ok && h.source.ok() {
		return h.misread
	}
	return ""
}

// setObject returns what stood there before, or nil.
func (ix *index) setObject(id workload.ID, o *object) *object {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	before := ix.objects[id]
	ix.objects[id] = ix.identified(id.Namespace, o)
	return before
}

func (ix *index) dropObject(id workload.ID) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	delete(ix.objects, id)
}

func (ix *index) setTarget(t target, r replicas) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.targets[t] = r
}

func (ix *index) dropTarget(t target) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	delete(ix.targets, t)
}

// keepPolled forgets what was polled and is nobody's target any more.
func (ix *index) keepPolled(wanted map[target]schema.GroupVersionResource) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	maps.DeleteFunc(ix.targets, func(t target, _ replicas) bool {
		_, still := wanted[t]
		return !still && !watchedKind(t.kind)
	})
}

func (ix *index) setHPA(name types.NamespacedName, owner workload.ID, h hpa) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.disown(name)
	ix.hpas[owner], ix.owners[name] = h, owner
}

func (ix *index) dropHPA(name types.NamespacedName) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.disown(name)
}

// disown forgets an HPA. Its owner may have another one by now: KEDA renames
// an HPA by deleting it and creating the next.
func (ix *index) disown(name types.NamespacedName) {
	owner, ok := ix.owners[name]
	if !ok {
		return
	}
	delete(ix.owners, name)
	if ix.hpas[owner].name == name.Name {
		delete(ix.hpas, owner)
	}
}

// polled lists the targets that no watch covers and whose resource is known.
func (ix *index) polled() map[target]schema.GroupVersionResource {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	var out map[target]schema.GroupVersionResource
	for _, o := range ix.objects {
		if watchedKind(o.target.kind) || o.resource.Resource == "" {
			continue
		}
		if out == nil {
			out = map[target]schema.GroupVersionResource{}
		}
		out[o.target] = o.resource
	}
	return out
}

// triggers lists all triggers of ours.
func (ix *index) triggers() []workload.Trigger {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	out := make([]workload.Trigger, 0, len(ix.objects))
	for _, o := range ix.objects {
		out = append(out, o.triggers...)
	}
	return out
}

// blocked says what keeps a workload from following its plan.
func (ix *index) blocked(id workload.ID) string {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if o := ix.objects[id]; o != nil && o.paused != "" {
		return "the ScaledObject is held still by its annotation " + o.paused
	}
	if h, ok := ix.hpas[id]; ok && h.source.ok() && h.stuck != "" {
		return "HPA " + h.name + " cannot scale: " + h.stuck
	}
	return ""
}

// len is the number of ScaledObjects that concern us.
func (ix *index) len() int {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return len(ix.objects)
}
