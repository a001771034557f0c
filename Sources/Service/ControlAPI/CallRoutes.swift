import CallControl
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Telemetry

/// `/v1/calls`: place, list, show, hang up, hold, resume, transfer, and the SIP messages as a ladder or a capture file.
struct CallRoutes: Sendable {
    let directory: CallDirectory
    let ladders: LadderBook
    let capture: @Sendable (String) -> [UInt8]?

    func add(to group: RouterGroup<BasicRequestContext>) {
        group.post { request, _ in await self.place(request) }
        group.get { _, _ in JSONResponse.make(["calls": .array(await self.directory.live().map(\.json))]) }
        group.get(":id") { _, context in await self.show(context.parameters.get("id")) }
        group.delete(":id") { _, context in await self.hangUp(context.parameters.get("id")) }
        group.post(":id/hold") { _, context in await self.ask(.hold, of: context.parameters.get("id")) }
        group.post(":id/resume") { _, context in await self.ask(.resume, of: context.parameters.get("id")) }
        group.post(":id/transfer") { request, context in await self.transfer(request, context.parameters.get("id")) }
        group.get(":id/pcap") { _, context in await self.pcap(context.parameters.get("id")) }
        group.get(":id/ladder") { _, context in await self.ladder(context.parameters.get("id")) }
    }

    private func place(_ request: Request) async -> Response {
        let order: CallRequest
        do throws(BodyRefusal) {
            order = try await self.read(request) { (json) throws(CallRequestFormError) in try CallRequest(json: json) }
        } catch {
            return error.response
        }
        do throws(CallRequestError) {
            let identifier = try await self.directory.place(order)
            var response = JSONResponse.make(["id": .string(identifier.description)], status: .accepted)
            response.headers[.location] = "/v1/calls/\(identifier)"
            return response
        } catch {
            return JSONResponse.failure(error.httpStatus, error.sentence)
        }
    }

    private func transfer(_ request: Request, _ text: String?) async -> Response {
        do throws(BodyRefusal) {
            let wish = try await self.read(request) { (json) throws(CallRequestFormError) in
                try CallWish(transfer: json)
            }
            return await self.ask(wish, of: text)
        } catch {
            return error.response
        }
    }

    /// Hands a wish to its call, which tells its bot and its log what came of it.
    private func ask(_ wish: CallWish, of text: String?) async -> Response {
        guard let identifier = text.flatMap({ CallIdentifier($0) }) else { return Self.noSuchCall }
        guard let record = await self.directory.record(of: identifier) else { return Self.noSuchCall }
        guard record.moments.answered != nil, record.moments.ended == nil,
            await self.directory.wish(wish, of: identifier)
        else {
            return JSONResponse.failure(
                .conflict,
                record.moments.ended == nil ? "The call is not answered yet." : "The call has ended already.")
        }
        return JSONResponse.make(["id": .string(identifier.description)], status: .accepted)
    }

    /// Collects and reads the JSON body of a request.
    private func read<Content>(
        _ request: Request, as make: (JSONValue) throws(CallRequestFormError) -> Content
    ) async throws(BodyRefusal) -> Content {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: ControlServer.bodyLengthMax)
        } catch {
            throw BodyRefusal(
                status: .contentTooLarge, sentence: "The body is larger than \(ControlServer.bodyLengthMax) bytes.")
        }
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONReader.parse(Array(body.readableBytesView))
        } catch {
            throw BodyRefusal(status: .badRequest, sentence: "The body is not JSON: \(error).")
        }
        do throws(CallRequestFormError) {
            return try make(json)
        } catch {
            throw BodyRefusal(status: .badRequest, sentence: error.sentence)
        }
    }

    private func show(_ text: String?) async -> Response {
        guard let record = await self.record(text) else { return Self.noSuchCall }
        return JSONResponse.make(record.json)
    }

    private func hangUp(_ text: String?) async -> Response {
        guard let identifier = text.flatMap({ CallIdentifier($0) }) else { return Self.noSuchCall }
        guard let record = await self.directory.record(of: identifier) else { return Self.noSuchCall }
        // What has ended is on the directory until the last of it is cleared away.
        if record.moments.ended == nil, await self.directory.hangUp(identifier, reason: "asked by API") {
            return JSONResponse.make(["id": .string(identifier.description)], status: .accepted)
        }
        return JSONResponse.failure(.conflict, "The call has ended already.")
    }

    private func ladder(_ text: String?) async -> Response {
        guard let record = await self.record(text), let callID = record.sipCallID,
            let ladder = self.ladders.ladder(ofCallID: callID)
        else { return Self.noSuchCall }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: ladder.drawn() + "\n")))
    }

    private func pcap(_ text: String?) async -> Response {
        guard let record = await self.record(text), let callID = record.sipCallID, let file = self.capture(callID)
        else { return Self.noSuchCall }
        var response = Response(
            status: .ok, headers: [.contentType: "application/vnd.tcpdump.pcap"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: file)))
        response.headers[.contentDisposition] = "attachment; filename=\"\(record.identifier).pcapng\""
        return response
    }

    private func record(_ text: String?) async -> CallRecord? {
        guard let identifier = text.flatMap({ CallIdentifier($0) }) else { return nil }
        return await self.directory.record(of: identifier)
    }

    private static var noSuchCall: Response {
        JSONResponse.failure(.notFound, "There is no such call, or it ended too long ago.")
    }
}

/// Why a request's body is not taken.
private struct BodyRefusal: Error {
    let status: HTTPResponse.Status
    let sentence: String

    var response: Response { JSONResponse.failure(self.status, self.sentence) }
}

extension CallRequestError {
    var httpStatus: HTTPResponse.Status {
        switch self {
        case .unknownTrunk, .unknownBot, .refusedByTrunk: .badRequest
        case .tooManyCalls, .draining: .serviceUnavailable
        }
    }
}
