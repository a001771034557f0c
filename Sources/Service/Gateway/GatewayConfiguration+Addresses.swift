import Addressing
import AudioFiles
import MediaPlane
import SIPSyntax
import SIPTransport
import Trunks

/// Addresses and ports of the configuration that this machine does not give.
extension GatewayConfiguration {
    /// Binds a socket to every `bindAddress` for a moment, as a start would, and throws for the first that is refused.
    package func tryAddresses() throws(GatewayStartError) {
        try Self.tryAddress(self.media.bindAddress, of: "media", at: self.mediaBindPlace)
        for trunk in self.trunks {
            guard let address = trunk.bindAddress else { continue }
            try Self.tryAddress(address, of: "trunks.\(trunk.name)", at: self.bindPlaces[trunk.name])
        }
    }

    private static func tryAddress(
        _ address: IPAddress, of section: String, at place: GatewayConfigurationError.Place?
    ) throws(GatewayStartError) {
        do {
            try MediaPlane.tryAddress(address)
        } catch {
            guard case .addressUnavailable(_, let code) = error, let place else {
                throw .part("\(section).bindAddress", reason: "\(error)")
            }
            throw .configuration(
                .invalid(
                    place,
                    problem:
                        "\(section).bindAddress: no socket can be bound to \(address) (\(SystemFault(code: code).reason))",
                    fix: "write an address of this machine ('ip address' lists them), or remove the line"))
        }
    }

    /// The refusal of a start for what the SIP transport says: at the listener's place where there is one.
    func refusal(of error: TransportError) -> GatewayStartError {
        guard case .bindFailed(let transport, let address, let reason) = error else {
            return .part("SIP", reason: error.sentence)
        }
        guard let place = self.listenerPlaces[Listener(transport: transport, address: address)] else {
            return .part("SIP", reason: "\(error.sentence) Fix: check bindAddress of the trunks.")
        }
        return .configuration(
            .invalid(
                place, problem: "sip.listeners: cannot listen on \(address) for \(transport.rawValue): \(reason)",
                fix: "write a free port and an address of this machine, or stop the program that listens there"))
    }
}
