/// How many new calls of peers are taken before they are answered 503 with Retry-After, without any state.
///
/// Strangers may use half of each limit, so that a trunk's call finds room however many strangers call.
package struct OverloadLimits: Hashable, Sendable {
    /// INVITEs that begin a call, a second, of all sources together; as many may come at once.
    package var newCallsPerSecond = 400
    /// The same of one source address.
    package var newCallsPerSecondOfSource = 300
    /// Calls of peers that have no ACK yet, whether they were answered or not.
    package var halfOpenMax = 1_000
    /// Whether somebody who is on no trunk may call at all. If not, the answer is 403, without state.
    package var takesStrangers = true

    package init() {}

    /// Source addresses whose rate is remembered; more of them share the limit of all.
    package static let sourcesMax = 4_096
}
