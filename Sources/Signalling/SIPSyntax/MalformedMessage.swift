/// A message that could not be read, with what is needed to answer it.
package struct MalformedMessage: Error, Hashable, Sendable {
    package let fault: SIPSyntaxError
    /// What could be saved of a request; nil for a response and for what is neither. Only a request may be answered.
    package let request: MalformedRequest?
}

/// The parts of a malformed request that a response echoes (RFC 3261 section 8.2.6), as far as they were found.
package struct MalformedRequest: Hashable, Sendable {
    /// Nil when the start line gives none. ACK is never answered.
    package let method: Method?
    /// Every Via, From, To, Call-ID and CSeq field as it came, in order; duplicates of the last four are left out.
    package let headers: Headers
    /// The topmost Via, when it can be read; without it an answer can only go to where the request came from.
    package let via: Via?

    /// The status that fits the fault: 505 for another version, 513 for a limit, 400 for all else.
    package let status: StatusCode
}
