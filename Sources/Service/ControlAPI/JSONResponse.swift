import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// Makes responses with a JSON body.
enum JSONResponse {
    static func make(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        let body = ByteBuffer(bytes: value.encoded(pretty: true) + [UInt8(ascii: "\n")])
        return Response(
            status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
    }

    /// An error in words: `{"error": "There is no bot named …"}`.
    static func failure(_ status: HTTPResponse.Status, _ sentence: String) -> Response {
        Self.make(["error": .string(sentence)], status: status)
    }
}
