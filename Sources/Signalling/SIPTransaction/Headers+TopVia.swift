import Addressing
import SIPSyntax

extension Headers {
    /// Fills the source of a request into its top Via; the others stay as they came.
    package mutating func fillTopVia(source: TransportAddress) throws(SIPSyntaxError) {
        let fields = self.all(.via)
        var vias = try self.vias
        guard !vias.isEmpty, let top = fields.first else { throw .missingHeader(.via) }
        vias[0].fill(source: source)
        var topField = Headers()
        topField.add(.via, top)
        self.replace(.via, Array(vias.prefix(try topField.vias.count)))
        for field in fields.dropFirst() { self.add(.via, field) }
    }
    /// Changes the transport of a request of ours, which has one Via.
    mutating func setTopViaTransport(_ transport: ViaTransport) throws(SIPSyntaxError) {
        var vias = try self.vias
        guard vias.count == 1 else { throw .malformedHeader(.via) }
        vias[0].transport = transport
        self.replace(.via, vias)
    }
}
