import Addressing
import Timekeeping

/// A call that the simulator places.
package struct PlacedCall: Hashable, Sendable {
    /// As whom the simulator calls.
    package enum Manner: Hashable, Sendable {
        /// As an Exotel edge calls a gateway: with the X-Exotel headers and the bare Record-Route of the published
        /// sample.
        case edge
        /// As a customer's PBX calls an edge: with X-Exotel-AccountSid.
        case customer
    }

    package var manner = Manner.edge
    /// The peer's listener.
    package var peer: TransportAddress
    package var transport: SimulatorListener.Transport
    /// The number that is called, E.164.
    package var to: String
    /// The caller's number, E.164.
    package var from: String
    /// What the caller does and hears; nil takes the simulator's flow.
    package var flow: Flow?
    /// After this long without an answer the call is cancelled.
    package var ringingMax: Duration = .seconds(60)
    /// Further header fields, such as the X- headers of a Connect applet; one with a name that the simulator writes
    /// itself takes its place.
    package var headers: [CallReport.Header] = []
    /// The name that the peer's certificate must carry; nil takes its address.
    package var serverName: String?

    package init(to: String, from: String, peer: TransportAddress, over transport: SimulatorListener.Transport) {
        self.to = to
        self.from = from
        self.peer = peer
        self.transport = transport
    }
}
