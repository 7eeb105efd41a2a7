package intake

// synonyms are the headers that people and programs write: Google's, and those
// of Outlook in English, German, French, Spanish, Italian and Portuguese. They
// are compared without case, blanks and marks.
func synonyms() map[column][]string {
	return map[column][]string{
		colID:    {"uid", "event id", "eventid", "key", "kennung", "identifiant", "identificador", "identificativo"},
		colTitle: {"subject", "name", "event", "event name", "summary", "betreff", "titel", "objet", "titre", "asunto", "título", "oggetto", "titolo", "assunto"},
		colClass: {
			"category", "categories", "kategorie", "kategorien", "type", "event type", "kind", "catégorie", "catégories",
			"categoría", "categorías", "categoria", "categorie", "categorias",
		},
		colStart: {
			"start date", "start datetime", "starts", "starts at", "begin", "begins", "from", "date", "beginnt am", "beginn", "startdatum", "anfang", "von",
			"début", "date de début", "date début", "comienzo", "fecha de comienzo", "fecha de inicio", "fecha inicio", "inicio",
			"inizio", "data inizio", "data di inizio", "data de início", "data início", "início",
		},
		colStartTime: {
			"starttime", "time", "begin time", "beginnt um", "startzeit", "beginnzeit", "uhrzeit", "heure de début", "heure début",
			"hora de comienzo", "hora de inicio", "hora inicio", "ora inizio", "ora di inizio", "hora de início", "hora início",
		},
		colEnd: {
			"end date", "end datetime", "ends", "ends at", "finish", "until", "to", "endet am", "ende", "enddatum", "bis", "fin", "date de fin", "date fin",
			"finalización", "fecha de finalización", "fecha de fin", "fecha fin", "fine", "data fine", "data di fine",
			"data de término", "data término", "término", "data de fim", "fim",
		},
		colEndTime: {
			"endtime", "finish time", "endet um", "endzeit", "heure de fin", "heure fin", "hora de finalización", "hora de fin", "hora fin",
			"ora fine", "ora di fine", "hora de término", "hora término", "hora de fim",
		},
		colAllDay: {
			"all day event", "all-day", "ganztägiges ereignis", "ganztägig", "journée entière", "toute la journée", "todo el día",
			"giornata intera", "evento di un giorno", "tutto il giorno", "dia inteiro", "evento de dia inteiro", "o dia inteiro", "todo o dia",
		},
		colZone:       {"time zone", "tz", "timezone id", "zone", "zeitzone", "fuseau horaire", "fuseau", "zona horaria", "fuso orario", "fuso horário"},
		colBrand:      {"brands", "marke", "marken", "marque", "marques", "marca", "marcas", "marchio", "marchi"},
		colMarket:     {"markets", "country", "countries", "markt", "märkte", "land", "marché", "marchés", "pays", "mercado", "mercados", "país", "mercato", "mercati", "paese"},
		colRegion:     {"regions", "regionen", "région", "régions", "región", "regiones", "regione", "regioni", "região", "regiões"},
		colWorkloads:  {"workload", "selector", "labels"},
		colPeak:       {"peak", "expected peak", "expected load", "expected traffic", "erwartete spitze", "spitze", "pic attendu", "pic", "pico esperado", "pico", "picco previsto", "picco"},
		colUnit:       {"units", "einheit", "unité", "unidad", "unità", "unidade"},
		colMultiplier: {"factor", "uplift", "multiplikator", "faktor", "multiplicateur", "facteur", "multiplicador", "moltiplicatore", "fattore", "fator"},
		colFloor:      {"replicas", "min replicas", "replica floor", "minimum replicas"},
		colConfidence: {"probability", "certainty", "konfidenz", "wahrscheinlichkeit", "sicherheit", "confiance", "probabilité", "confianza", "probabilidad", "confidenza", "probabilità", "confiança", "probabilidade"},
		colStatus:     {"zustand", "statut", "état", "estado", "stato", "situação"},
		colRampUp:     {"ramp", "warm up", "warmup"},
		colRampDown:   {"cool down", "cooldown", "tail"},
		colRecurrence: {"rrule", "rule", "repeat", "repeats", "recurrence rule", "wiederholung", "récurrence", "répétition", "recurrencia", "repetición", "ricorrenza", "recorrência"},
		colExcept:     {"exdate", "exceptions", "exclusions", "excluded", "ausnahmen", "sauf", "excepto", "eccezioni", "exceto"},
		colExtra:      {"rdate", "additional dates"},
		colOwner: {
			"organizer", "organiser", "meeting organizer", "responsible", "contact", "besitzer", "verantwortlich", "besprechungsplanung", "besprechungsorganisator",
			"propriétaire", "responsable", "organisateur", "organisateur d'une réunion", "propietario", "organizador", "organizador de la reunión",
			"proprietario", "responsabile", "organizzatore riunione", "proprietário", "responsável", "organizador da reunião",
		},
		colNotes: {"note", "description", "comment", "comments", "details", "beschreibung", "notiz", "notizen", "bemerkung", "kommentar", "remarques", "commentaire", "descripción", "notas", "descrizione", "descrição", "observações"},
		ignored:  ignoredHeaders(),
	}
}

// ignoredHeaders say nothing of demand. The first is what Corrected adds.
func ignoredHeaders() []string {
	return []string{
		problemHeader,
		"location", "private", "weekday", "day", "reminder on/off", "reminder date", "reminder time", "required attendees", "optional attendees",
		"meeting resources", "billing information", "mileage", "priority", "sensitivity", "show time as",

		"ort", "privat", "wochentag", "erinnerung ein/aus", "erinnerung am", "erinnerung um", "erforderliche teilnehmer", "optionale teilnehmer",
		"besprechungsressourcen", "abrechnungsinformationen", "reisekilometer", "priorität", "vertraulichkeit", "zeitspanne zeigen als",

		"emplacement", "lieu", "privé", "rappel actif/inactif", "date de rappel", "heure du rappel", "participants obligatoires",
		"participants facultatifs", "ressources de la réunion", "informations facturation", "kilométrage", "priorité", "critère de diffusion",
		"afficher la disponibilité",

		"ubicación", "lugar", "privado", "aviso activado/desactivado", "recordatorio activado/desactivado", "fecha del aviso", "hora del aviso",
		"asistentes necesarios", "asistentes opcionales", "recursos de la reunión", "información de facturación", "kilometraje", "prioridad",
		"confidencialidad", "mostrar hora como",

		"luogo", "privato", "promemoria attivo/non attivo", "data promemoria", "ora promemoria", "partecipanti obbligatori",
		"partecipanti facoltativi", "risorse riunione", "dati fatturazione", "indennità trasferta", "priorità", "riservatezza", "mostra orario come",

		"local", "particular", "lembrete ativado/desativado", "data do lembrete", "hora do lembrete", "participantes obrigatórios",
		"participantes opcionais", "recursos da reunião", "informações para cobrança", "quilometragem", "prioridade", "sensibilidade",
		"mostrar hora como",
	}
}

// statusWord reads a status in any of the languages; "" where it is none.
func statusWord(word string) string {
	switch key(word) {
	case "confirmed", "final", "yes", "bestätigt", "fest", "confirmé", "confirmée", "confirmado", "confirmada", "confermato", "confermata":
		return "confirmed"
	case "tentative", "provisional", "planned", "draft", "maybe", "vorläufig", "geplant", "mitvorbehalt", "provisoire", "prévu", "tentativa",
		"provisionalmente", "provisorio", "provvisorio", "previsto", "provisório":
		return "tentative"
	case "cancelled", "canceled", "dropped", "abgesagt", "storniert", "annulé", "annulée", "cancelado", "cancelada", "annullato", "annullata":
		return "cancelled"
	default:
		return ""
	}
}

// truth reads yes and no in any of the languages, and reports whether it is
// either.
func truth(word string) (yes, ok bool) {
	switch key(word) {
	case "true", "yes", "y", "1", "x", "wahr", "ja", "vrai", "oui", "verdadero", "sí", "si", "vero", "sì", "verdadeiro", "sim":
		return true, true
	case "false", "no", "n", "0", "", "falsch", "nein", "faux", "non", "falso", "não":
		return false, true
	default:
		return false, false
	}
}
