import TLS

/// A client and a server that hand their bytes to each other.
struct TwoEngines: ~Copyable {
    var client: TLSEngine
    var server: TLSEngine
    var heardByClient: [UInt8] = []
    var heardByServer: [UInt8] = []
    var clientError: TLSError?
    var serverError: TLSError?

    init(
        _ identity: TLSConfiguration.Identity, wanted: String,
        client configuration: TLSConfiguration, asks: TLSConfiguration.ClientCertificates = .notAsked,
        serverVersionMin: TLSConfiguration.Version = .tls12
    ) throws {
        let clientContext = try TLSContext(.client, configuration)
        var serverConfiguration = TLSConfiguration(identity: identity)
        serverConfiguration.clientCertificates = asks
        serverConfiguration.versionMin = serverVersionMin
        let serverContext = try TLSContext(.server, serverConfiguration)
        let client = try TLSEngine(client: clientContext, connectingTo: ServerName(wanted))
        let server = try TLSEngine(server: serverContext)
        self.client = client
        self.server = server
    }

    /// Hands bytes over, at most `chunk` at a time, until neither side has any; at most 100 turns.
    mutating func exchange(chunk: Int = .max) {
        for _ in 0..<100 {
            let toServer = self.client.takeOutgoing()
            let toClient = self.server.takeOutgoing()
            if toServer.isEmpty, toClient.isEmpty { return }
            self.deliverToServer(toServer, chunk)
            self.deliverToClient(toClient, chunk)
        }
    }

    private mutating func deliverToServer(_ bytes: [UInt8], _ chunk: Int) {
        var rest = bytes[...]
        while !rest.isEmpty {
            do throws(TLSError) {
                try self.server.receive(Array(rest.prefix(chunk)).span, into: &self.heardByServer)
            } catch {
                self.serverError = self.serverError ?? error
            }
            rest = rest.dropFirst(chunk)
        }
    }

    private mutating func deliverToClient(_ bytes: [UInt8], _ chunk: Int) {
        var rest = bytes[...]
        while !rest.isEmpty {
            do throws(TLSError) {
                try self.client.receive(Array(rest.prefix(chunk)).span, into: &self.heardByClient)
            } catch {
                self.clientError = self.clientError ?? error
            }
            rest = rest.dropFirst(chunk)
        }
    }
}

/// Calls that fail, with the error as a value: a closure cannot borrow an engine.
extension TLSEngine {
    mutating func failure(sending bytes: [UInt8]) -> TLSError? {
        do throws(TLSError) {
            try self.send(bytes.span)
            return nil
        } catch {
            return error
        }
    }

    mutating func failure(receiving bytes: [UInt8], into plaintext: inout [UInt8]) -> TLSError? {
        do throws(TLSError) {
            try self.receive(bytes.span, into: &plaintext)
            return nil
        } catch {
            return error
        }
    }

    mutating func failureAtEndOfInput() -> TLSError? {
        do throws(TLSError) {
            try self.endOfInput()
            return nil
        } catch {
            return error
        }
    }
}
